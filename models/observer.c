#include "models/observer.h"

const char *const component_names[N_COMPONENTS] = {
    "SMS_PROVIDER",  "SMS_DISTRIBUTION_MANAGER",     "SMS_SCHEDULER", "SMS_LAN_SENDER",
    "SMS_DESPOOLER", "SMS_PACKAGE_TRANSFER_MANAGER", "PullDP",        "smsdpmon",
};

static void no_status(void *ctx, const struct status *status)
{
    (void)ctx, (void)status;
}

static void no_transfer_changed(void *ctx, const struct transfer *transfer, enum transfer_state from, double now_s)
{
    (void)ctx, (void)transfer, (void)from, (void)now_s;
}

static void no_transfer_open(void *ctx, const struct transfer *transfer, double now_s)
{
    (void)ctx, (void)transfer, (void)now_s;
}

static void no_attempt_ended(void *ctx, const struct attempt *attempt)
{
    (void)ctx, (void)attempt;
}

static void no_delivery_changed(void *ctx, const struct delivery_news *news, double now_s)
{
    (void)ctx, (void)news, (void)now_s;
}

static void no_pool_changed(void *ctx, uint32_t pool, double in_use, double waiting, double closed, double now_s)
{
    (void)ctx, (void)pool, (void)in_use, (void)waiting, (void)closed, (void)now_s;
}

static void no_link_changed(void *ctx, uint32_t index, double a, double b, double now_s)
{
    (void)ctx, (void)index, (void)a, (void)b, (void)now_s;
}

const struct observer observer_none = {
    .status = no_status,
    .transfer_changed = no_transfer_changed,
    .transfer_open = no_transfer_open,
    .attempt_ended = no_attempt_ended,
    .delivery_changed = no_delivery_changed,
    .pool_changed = no_pool_changed,
    .link_changed = no_link_changed,
};

void observer_tell_of_transfer(const struct observer *observer, double now_s, const struct transfer *transfer,
                               const char *site, enum component component, enum status_id id)
{
    const struct status status = {
        .time_s = now_s,
        .site = site,
        .component = component,
        .id = id,
        .package = transfer->package,
        .version = transfer->version,
        .object = transfer->to,
        .attempt = transfer->attempts,
    };
    observer->status(observer->ctx, &status);
}
