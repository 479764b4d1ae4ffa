#include "sim/app/report/assumed.h"

#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/activity.h"

/* As people would write it. */
static char *text_of(const struct param_field *field, const char *at)
{
    double number;
    uint32_t whole;

    switch (field->kind) {
    case PARAM_BOOL:
        return g_strdup(*(const bool *)at ? "true" : "false");
    case PARAM_COUNT:
        memcpy(&whole, at, sizeof whole);
        return g_strdup_printf("%u", whole);
    case PARAM_CHOICE:
        memcpy(&whole, at, sizeof whole);
        return g_strndup(field->choices[whole], strcspn(field->choices[whole], "|"));
    default:
        memcpy(&number, at, sizeof number);
        return units_human(field->kind, number);
    }
}

static void assume(GArray *assumed, const char *component, const struct param_field *field, const char *at)
{
    g_autofree char *value = text_of(field, at);

    for (guint i = 0; i < assumed->len; i++) {
        struct assumed *known = &g_array_index(assumed, struct assumed, i);

        if (known->field == field && !strcmp(known->value, value)) {
            known->count++;
            return;
        }
    }
    struct assumed fresh = {.setting = g_strdup_printf("%s.%s", component, field->name),
                            .value = g_steal_pointer(&value),
                            .field = field,
                            .count = 1};
    g_array_append_val(assumed, fresh);
}

struct looking {
    const struct scenario *scenario;
    GArray *assumed;
};

static void look(void *ctx, const struct active_setting *setting)
{
    const struct looking *looking = ctx;

    if (scenario_assumes(looking->scenario, setting->at))
        assume(looking->assumed, setting->table->name, setting->field, setting->at);
}

GArray *assumed_defaults(const struct collector *c)
{
    struct looking looking = {c->scenario, g_array_new(FALSE, FALSE, sizeof(struct assumed))};
    struct activity *activity = activity_new(c);

    activity_each(activity, look, &looking);
    activity_free(activity);
    return looking.assumed;
}

void assumed_free(GArray *assumed)
{
    for (guint i = 0; i < assumed->len; i++) {
        g_free(g_array_index(assumed, struct assumed, i).setting);
        g_free(g_array_index(assumed, struct assumed, i).value);
    }
    g_array_unref(assumed);
}
