/* SPDX-License-Identifier: ISC */
/*
 * lwIP's clocks on one kernel timer. Each clock runs only while it has something to do, so that an idle guest does not
 * wake up, and is never rearmed for a packet: activity starts it (net_timers_kick), a tick that finds nothing to do
 * stops it. What it missed meanwhile is made up for when it starts again.
 */
#include "netif.h"

#include "kernel/time.h"

#define MS            1000000ull
#define TIME_WAIT_MAX 512u
#define COARSE_MIN    1000u /* ms */
#define COARSE_MAX    10000u

struct clock {
	uint64_t interval, next; /* ns */
	void (*tick)(void);
	bool (*idle)(void); /* nothing to time */
	void (*missed)(uint64_t n); /* n ticks did not happen */
	bool running;
};

static void tcp_tick(void);
static void coarse_tick(void);
static bool coarse_idle(void);
static void coarse_start(void);
static void tcp_missed(uint64_t n);
static bool tcp_idle(void);
static void slow_tick(void);
static void slow_missed(uint64_t n);
static bool slow_idle(void);
static bool dhcp_idle(void);
static bool never_idle(void);
static void lease_tick(void);
static void start(struct clock *c);

enum { CLOCK_TCP, CLOCK_COARSE, CLOCK_SLOW, CLOCK_DHCP, CLOCK_LEASE, CLOCKS };
static struct clock clocks[CLOCKS] = {
    [CLOCK_TCP] = {.interval = TCP_TMR_INTERVAL * MS, .tick = tcp_tick, .idle = tcp_idle, .missed = tcp_missed},
    [CLOCK_COARSE] = {.interval = COARSE_MAX * MS, .tick = coarse_tick, .idle = coarse_idle},
    [CLOCK_SLOW] = {.interval = ARP_TMR_INTERVAL * MS, .tick = slow_tick, .idle = slow_idle, .missed = slow_missed},
    [CLOCK_DHCP] = {.interval = DHCP_FINE_TIMER_MSECS * MS, .tick = dhcp_fine_tmr, .idle = dhcp_idle},
    [CLOCK_LEASE] = {.interval = DHCP_COARSE_TIMER_SECS * 1000 * MS, .tick = lease_tick, .idle = never_idle},
};
static struct ktimer timer = {.heap_index = -1};
static unsigned quiet; /* seconds without traffic */

/* Nothing that must happen within a second or so. */
static bool pcb_idle(const struct tcp_pcb *p)
{
	return (p->state == ESTABLISHED || p->state == CLOSE_WAIT || p->state == FIN_WAIT_2) && p->unsent == NULL &&
	       p->unacked == NULL && p->ooseq == NULL && p->refused_data == NULL && p->persist_backoff == 0 &&
	       p->rtime < 0 && (p->flags & (TF_ACK_DELAY | TF_ACK_NOW | TF_CLOSEPEND)) == 0 && p->pollinterval == 0 &&
	       p->keep_cnt_sent == 0;
}

static bool tcp_idle(void)
{
	for (const struct tcp_pcb *p = tcp_active_pcbs; p != NULL; p = p->next)
		if (!pcb_idle(p))
			return false;
	coarse_start();
	return true;
}

/* What an idle connection may wait for: keepalive, the end of TIME_WAIT and FIN_WAIT_2. Seconds are fine enough. */
static bool coarse_idle(void)
{
	unsigned ms = 2 * COARSE_MAX;

	if (tcp_tw_pcbs != NULL)
		ms = COARSE_MAX;
	for (const struct tcp_pcb *p = tcp_active_pcbs; p != NULL; p = p->next) {
		if (ip_get_option(p, SOF_KEEPALIVE))
			ms = MIN(ms, p->keep_idle < p->keep_intvl ? p->keep_idle : p->keep_intvl);
		if (p->state == FIN_WAIT_2)
			ms = MIN(ms, COARSE_MAX);
	}
	clocks[CLOCK_COARSE].interval = (ms < COARSE_MIN ? COARSE_MIN : MIN(ms, COARSE_MAX)) * MS;
	return ms > COARSE_MAX || clocks[CLOCK_TCP].running;
}

static void coarse_start(void)
{
	struct clock *c = &clocks[CLOCK_COARSE];

	if (coarse_idle())
		return;
	start(c);
	c->next = MIN(c->next, time_mono() + c->interval);
}

/* Lets lwIP's slow timer see how much time has passed; it runs at every second tick. */
static void coarse_tick(void)
{
	struct clock *c = &clocks[CLOCK_TCP];
	uint64_t now = time_mono();

	if (c->running)
		return;
	if (now > c->next)
		tcp_missed((now - c->next) / c->interval);
	tcp_tick();
	tcp_tmr();
	c->next = now + 2 * c->interval;
	if (!tcp_idle())
		start(c);
}

/* Servers that close first collect connections in TIME_WAIT, and each SYN is compared with all of them. The newest are
 * first in the list. */
static void trim_time_wait(void)
{
	struct tcp_pcb *p = tcp_tw_pcbs, *next;

	for (unsigned n = 0; p != NULL && n < TIME_WAIT_MAX; n++)
		p = p->next;
	for (; p != NULL; p = next) {
		next = p->next;
		tcp_abort(p); /* in this state it sends nothing */
	}
}

static void tcp_tick(void)
{
	trim_time_wait();
	tcp_tmr();
}

static void tcp_missed(uint64_t n)
{
	tcp_ticks += (uint32_t)(n / 2);
}

static void slow_tick(void)
{
	etharp_tmr();
	ip_reass_tmr();
	quiet++;
}

static void slow_missed(uint64_t n)
{
	for (n = MIN(n, 600u); n > 0; n--)
		etharp_tmr();
}

/* Fragments wait at most IP_REASS_MAXAGE seconds for the rest, requests a few for their answer. */
static bool slow_idle(void)
{
	return quiet > IP_REASS_MAXAGE + 1;
}

static bool dhcp_idle(void)
{
	struct net_if *i;

	list_for_each_entry (i, &net_if_list, link)
		if (i->dhcp && (netif_dhcp_data(&i->nif) == NULL || netif_dhcp_data(&i->nif)->request_timeout > 0))
			return false;
	return true;
}

static bool never_idle(void)
{
	return false;
}

/* May begin a renewal, which the fine clock times. */
static void lease_tick(void)
{
	dhcp_coarse_tmr();
	start(&clocks[CLOCK_DHCP]);
}

static void rearm(void)
{
	uint64_t next = TIME_NEVER;

	for (unsigned i = 0; i < CLOCKS; i++)
		if (clocks[i].running)
			next = MIN(next, clocks[i].next);
	if (next != TIME_NEVER && (timer.heap_index < 0 || next < timer.deadline) && timer_arm(&timer, next) != 0) {
		/* No memory for the timer heap: the next activity tries again. */
		for (unsigned i = 0; i < CLOCKS; i++)
			clocks[i].running = false;
	}
}

static void expire(struct ktimer *t UNUSED)
{
	uint64_t now = time_mono();

	/* What the device still holds cannot be sent again. */
	net_reclaim();
	for (unsigned i = 0; i < CLOCKS; i++) {
		struct clock *c = &clocks[i];

		if (!c->running || now < c->next)
			continue;
		/* Late: lwIP counts ticks, so a few are made up for one by one. */
		for (unsigned n = 0; n < 4 && now >= c->next; n++, c->next += c->interval)
			c->tick();
		if (now >= c->next)
			c->next = now + c->interval;
		c->running = false;
		c->running = !c->idle();
	}
	rearm();
	net_flush();
}

static void start(struct clock *c)
{
	uint64_t now;

	if (c->running)
		return;
	now = time_mono();
	if (c->next != 0 && now > c->next && c->missed != NULL)
		c->missed((now - c->next) / c->interval);
	c->running = true;
	c->next = now + c->interval;
	timer.fn = expire;
	rearm();
}

void net_timers_kick(void)
{
	quiet = 0;
	if (UNLIKELY(!clocks[CLOCK_SLOW].running))
		start(&clocks[CLOCK_SLOW]);
	if (UNLIKELY(!clocks[CLOCK_TCP].running) && tcp_active_pcbs != NULL)
		start(&clocks[CLOCK_TCP]);
}

void net_timers_dhcp(void)
{
	start(&clocks[CLOCK_DHCP]);
	start(&clocks[CLOCK_LEASE]);
}

/* lwIP has its first connection. */
void tcp_timer_needed(void)
{
	net_timers_kick();
}
