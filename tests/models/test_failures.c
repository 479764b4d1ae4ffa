/* Tries that fail by chance (failure_probability of senders and transfer managers: S5, X3), in whole scenarios. Seeds
 * are 1, 2, 3, ... as far as each test goes, none of them chosen for its outcome. */
#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <string.h>

#include "models/luck.h"
#include "tests/support/small.h"

#define N_PACKAGES 1000
#define SEEDS 5

/* CS1 sends packages of 1000 bytes to PS1 at 100 bytes/s each, all at once, and PS1 copies them to D1 the same way. */
static struct scenario *scenario_of(uint64_t seed, uint32_t n_packages)
{
    struct scenario *s = small_scenario();
    s->seed = (uint32_t)seed;
    small_location(s, "hq", -1, INFINITY);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, 0), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, 0);
    small_dp(s, "D1", ps1, -1);
    for (int32_t i = cs1; i <= ps1; i++) {
        struct site_spec *site = scenario_site(s, i);
        site->software_distribution.max_packages = 1000;
        site->sender.max_concurrent_all_sites = site->sender.max_concurrent_per_site = 1000;
        site->sender.max_rate_bytes_per_s = site->transfer_manager.max_rate_bytes_per_s = 100;
    }
    for (uint32_t i = 0; i < n_packages; i++) {
        g_autofree char *id = g_strdup_printf("P%04u", i);
        small_package(s, id, cs1, PRIORITY_MEDIUM, 1000);
        small_distribute(s, 0, i, 1, 0);
    }
    return s;
}

static double chi_square(const double *counts, const double *expected, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
    return sum;
}

/* At 30 % the number of tries is geometric: k with 0.7 x 0.3^(k-1); mean 1/0.7, variance 0.3/0.7^2. Where a first try
 * broke off is uniform over its 1000 bytes. Each test of each seed is to pass at one in 10,000. */
static void expect_geometric(const struct small_run *run, enum transfer_kind kind)
{
    double tries[5] = {0}, tenths[10] = {0}, expected[10], sum = 0, n = 0, n_broken = 0;
    g_autoptr(GHashTable) ours = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        if (t->kind != kind)
            continue;
        g_assert_cmpint(t->state, ==, TRANSFER_DONE);
        expect_bytes(t->bytes_moved, t->bytes_arrived + t->bytes_resent);
        expect_bytes(t->bytes_arrived, 1000);
        tries[MIN(t->attempts, 5) - 1]++;
        sum += t->attempts;
        n++;
        g_hash_table_add(ours, GUINT_TO_POINTER(t->id));
    }
    g_assert_cmpfloat(n, ==, N_PACKAGES);
    g_assert_cmpfloat(fabs(sum / n - 1 / 0.7), <, 4 * sqrt(0.3 / 0.49 / n));
    for (int k = 0; k < 5; k++)
        expected[k] = n * (k < 4 ? 0.7 : 1) * pow(0.3, k);
    g_assert_cmpfloat(chi_square(tries, expected, 5), <, gsl_cdf_chisq_Qinv(1e-4, 4));
    for (guint i = 0; i < run->record->attempts->len; i++) {
        const struct told_attempt *attempt = &g_array_index(run->record->attempts, struct told_attempt, i);
        if (attempt->attempt > 1 || !strcmp(attempt->outcome, "done") ||
            !g_hash_table_contains(ours, GUINT_TO_POINTER(attempt->transfer)))
            continue;
        g_assert_cmpstr(attempt->outcome, ==, "random_failure");
        expect_time(attempt->ended_s - attempt->started_s, attempt->bytes / 100);
        tenths[MIN((int)(attempt->bytes / 100), 9)]++;
        n_broken++;
    }
    for (int k = 0; k < 10; k++)
        expected[k] = n_broken / 10;
    g_assert_cmpfloat(chi_square(tenths, expected, 10), <, gsl_cdf_chisq_Qinv(1e-4, 9));
}

static void sendings_are_geometric(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scenario *s = scenario_of(seed, N_PACKAGES);
        scenario_site(s, 0)->sender.failure_percent = 30;
        scenario_site(s, 0)->sender.retries = 99;
        struct small_run *run = small_run_all(s, false);
        expect_geometric(run, TRANSFER_SEND_REQUEST);
        small_run_free(run);
    }
}

static void copies_are_geometric(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scenario *s = scenario_of(seed, N_PACKAGES);
        scenario_site(s, 1)->transfer_manager.failure_percent = 30;
        struct small_run *run = small_run_all(s, false);
        expect_geometric(run, TRANSFER_DP_JOB);
        small_run_free(run);
    }
}

/* ---- what the rules say of a failed try ---- */

/* Always: three tries of the sender, a minute apart (S5), and no more, as the scheduler does not try for long (D5).
 * Each goes on where the confirmed bytes end. */
static void sending_resumes(void)
{
    struct scenario *s = scenario_of(1, 1);
    scenario_site(s, 0)->sender.failure_percent = 100;
    scenario_site(s, 0)->scheduler.reschedule_for_s = 0;
    struct small_run *run = small_run_all(s, false);
    const struct told_transfer *t = record_transfer(run->record, 0, "PS1");
    const struct told_attempt *attempts = (const void *)run->record->attempts->data;
    g_assert_cmpint(t->state, ==, TRANSFER_FAILED);
    g_assert_cmpuint(run->record->attempts->len, ==, 3);
    double left_bytes = 1000, at_s = 0;
    for (int i = 0; i < 3; i++) {
        g_assert_cmpfloat(attempts[i].bytes, >, 0);
        g_assert_cmpfloat(attempts[i].bytes, <=, left_bytes);
        expect_time(attempts[i].started_s, at_s);
        expect_time(attempts[i].ended_s, at_s + attempts[i].bytes / 100);
        left_bytes -= floor(attempts[i].bytes);
        at_s = attempts[i].ended_s + 60;
    }
    expect_bytes(t->bytes_arrived, 1000 - left_bytes);
    expect_time(t->in_state_s[TRANSFER_RETRYING], 120);
    const struct told_delivery *delivery = record_delivery(run->record, 0, 0);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(delivery->last.reason, ==, "random_failure");
    small_run_free(run);
}

static void sending_starts_again(void)
{
    struct scenario *s = scenario_of(1, 1);
    scenario_site(s, 0)->sender.failure_percent = 100;
    scenario_site(s, 0)->sender.resume = false;
    scenario_site(s, 0)->scheduler.reschedule_for_s = 0;
    struct small_run *run = small_run_all(s, false);
    const struct told_transfer *t = record_transfer(run->record, 0, "PS1");
    expect_bytes(t->bytes_arrived, 0);
    expect_bytes(t->bytes_resent, t->bytes_moved);
    small_run_free(run);
}

/* Package file and instruction file are one try: it breaks off in the one or the other. 900 bytes and 100: of 2000
 * first tries about 200 fail in the instruction, +- 4 x sqrt(2000 x 0.1 x 0.9) = 54. */
static void instruction_may_fail(void)
{
    struct scenario *s = scenario_of(1, 2000);
    scenario_site(s, 0)->sender.failure_percent = 100;
    scenario_site(s, 0)->sender.retries = 0;
    scenario_site(s, 0)->sender.instruction_size_bytes = 1000 / 9.0;
    scenario_site(s, 0)->scheduler.reschedule_for_s = 0;
    struct small_run *run = small_run_all(s, false);
    int in_instruction = 0;
    g_assert_cmpuint(run->record->attempts->len, ==, 2000);
    for (guint i = 0; i < 2000; i++)
        in_instruction += g_array_index(run->record->attempts, struct told_attempt, i).bytes > 1000;
    g_assert_cmpint(ABS(in_instruction - 200), <, 54);
    small_run_free(run);
}

/* X3: of ten files of 100 bytes whole ones are kept; tried again 30 minutes later, twice, then the delivery has failed.
 */
static void copy_keeps_whole_files(void)
{
    struct scenario *s = scenario_of(1, 0);
    uint32_t package = small_empty_package(s, "ten", 0, PRIORITY_MEDIUM);
    small_files(s, package, "ten", 10, 100);
    small_distribute(s, 0, package, 1, 0);
    struct transfer_manager_params *params = &scenario_site(s, 1)->transfer_manager;
    params->failure_percent = 100;
    params->retries = 2;
    struct small_run *run = small_run_all(s, false);
    const struct told_transfer *job = record_transfer(run->record, package, "D1");
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    g_assert_cmpstr(job->reason, ==, "random_failure");
    double kept_bytes = 0, at_s = 10; /* after the sending */
    int n = 0;
    for (guint i = 0; i < run->record->attempts->len; i++) {
        const struct told_attempt *attempt = &g_array_index(run->record->attempts, struct told_attempt, i);
        if (attempt->transfer != job->id)
            continue;
        g_assert_cmpfloat(attempt->bytes, <=, 1000 - kept_bytes);
        expect_time(attempt->started_s, at_s);
        kept_bytes += floor(attempt->bytes / 100) * 100;
        at_s = attempt->ended_s + 1800;
        n++;
    }
    g_assert_cmpint(n, ==, 3);
    expect_bytes(job->bytes_arrived, kept_bytes);
    g_assert_cmpint(record_delivery(run->record, package, 0)->last.state, ==, DELIVERY_FAILED);
    small_run_free(run);
}

/* A rate limit sends block by block: 25 bytes/s in the mean. What breaks off has moved at that. */
static void fails_under_a_limit(void)
{
    struct scenario *s = scenario_of(1, 1);
    struct route_spec *route = small_route(s, 0, 1);
    const struct rate_limit_hours all_day = {0, 24, 25};
    route->limits.rate_limit.hours = g_array_new(FALSE, FALSE, sizeof all_day);
    g_array_append_val(route->limits.rate_limit.hours, all_day);
    scenario_site(s, 0)->sender.failure_percent = 100;
    scenario_site(s, 0)->scheduler.reschedule_for_s = 0;
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->attempts->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        const struct told_attempt *attempt = &g_array_index(run->record->attempts, struct told_attempt, i);
        g_assert_cmpstr(attempt->outcome, ==, "random_failure");
        expect_time(attempt->ended_s - attempt->started_s, attempt->bytes / 25);
    }
    small_run_free(run);
}

/* ---- luck ---- */

/* How many tries each package needs to D1, over what is named in the scenario otherwise. */
static void tries_of(struct scenario *s, const char *to, uint32_t *tries)
{
    struct small_run *run = small_run_all(s, false);
    for (uint32_t i = 0; i < 100; i++)
        tries[i] = record_transfer(run->record, i, to)->attempts;
    small_run_free(run);
}

static struct scenario *with_failures(double percent)
{
    struct scenario *s = scenario_of(3, 100);
    scenario_site(s, 0)->sender.failure_percent = scenario_site(s, 1)->transfer_manager.failure_percent = percent;
    scenario_site(s, 0)->sender.retries = 99;
    return s;
}

static void others_change_nothing(void)
{
    uint32_t alone[100], among[100], fewer[100];
    for (int k = 0; k < 2; k++) {
        const char *to = k ? "D1" : "PS1";
        struct scenario *s = with_failures(30);
        tries_of(with_failures(30), to, alone);
        int32_t ps2 = small_site(s, "PS2", SITE_PRIMARY, 0, 0);
        small_dp(s, "D2", ps2, -1);
        small_dp(s, "D3", 1, -1);
        for (uint32_t i = 0; i < 100; i++)
            small_distribute(s, 0, i, 2, 1, 2);
        tries_of(s, to, among);
        tries_of(with_failures(10), to, fewer);
        bool all_the_same = true;
        for (int i = 0; i < 100; i++) {
            g_assert_cmpuint(among[i], ==, alone[i]);
            g_assert_cmpuint(fewer[i], <=, alone[i]); /* what fails at 10 % fails at 30 % too */
            all_the_same &= fewer[i] == alone[i];
        }
        g_assert_false(all_the_same);
    }
}

/* L3: messages of every version are lost or not anew. Thirty versions to one pull distribution point, half of the
 * messages lost: 15 +- 4 x sqrt(30 / 4) = 11 of them. */
static void messages_of_versions(void)
{
    struct scenario *s = scenario_of(1, 1);
    small_dp(s, "PULL", 1, -1);
    small_sources(s, 1, 1, 0, 1);
    scenario_site(s, 1)->pull.state_message_loss_percent = 50;
    scenario_site(s, 1)->pull.source_retry_delay_s = 30;
    small_distribute(s, 0, 0, 1, 1);
    for (int i = 1; i < 30; i++)
        small_update_changed(small_update(s, 20000.0 * i, 0), "P0000", 50);
    struct small_run *run = small_run_all(s, false);
    uint32_t lost = record_count(run->record, NULL, EVENT_STATE_MESSAGE_LOST, "PULL");
    g_assert_cmpuint(lost + record_count(run->record, NULL, EVENT_STATE_MESSAGE, "PULL"), ==, 30);
    g_assert_cmpint(ABS((int)lost - 15), <=, 11);
    g_assert_cmpuint(record_delivery_of(run->record, 0, 30, 1)->last.state, ==, DELIVERY_DELIVERED);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/failures/S5/tries-of-sendings-are-geometric", sendings_are_geometric);
    g_test_add_func("/failures/X3/tries-of-copies-are-geometric", copies_are_geometric);
    g_test_add_func("/failures/S5/resumes-at-the-confirmed-byte", sending_resumes);
    g_test_add_func("/failures/S5/starts-again-without-resume", sending_starts_again);
    g_test_add_func("/failures/S6/the-instruction-may-fail", instruction_may_fail);
    g_test_add_func("/failures/X3/keeps-whole-files", copy_keeps_whole_files);
    g_test_add_func("/failures/S3/under-a-rate-limit", fails_under_a_limit);
    g_test_add_func("/failures/others-change-nothing", others_change_nothing);
    g_test_add_func("/failures/L3/messages-of-versions", messages_of_versions);
    return g_test_run();
}
