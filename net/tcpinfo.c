/* SPDX-License-Identifier: ISC */
/* What is told of a connection: TCP_INFO, tcp(7), and the number of its state. */
#include "tcp.h"

#include <linux/tcp.h>

#include "lib/string.h"

#define USEC(ticks) ((uint32_t)(ticks)*TCP_SLOW_INTERVAL * 1000u)

/* include/net/tcp_states.h */
unsigned tcp_state_number(const struct tcp_pcb *pcb)
{
	switch (pcb->state) {
	case ESTABLISHED: return 1;
	case SYN_SENT: return 2;
	case SYN_RCVD: return 3;
	case FIN_WAIT_1: return 4;
	case FIN_WAIT_2: return 5;
	case TIME_WAIT: return 6;
	case CLOSE_WAIT: return 8;
	case LAST_ACK: return 9;
	case LISTEN: return 10;
	case CLOSING: return 11;
	default: return 7; /* closed */
	}
}

void tcp_info_get(struct tcp_sock *t, struct tcp_info *i)
{
	const struct tcp_pcb *pcb = t->pcb;
	const struct list *e;

	memset(i, 0, sizeof *i);
	i->tcpi_state = (uint8_t)(t->state == TCP_LISTENING ? 10 : pcb == NULL ? 7 : tcp_state_number(pcb));
	if (t->state == TCP_LISTENING) { /* as Linux: how many wait, of how many */
		for (e = t->accepts.next; e != &t->accepts; e = e->next)
			i->tcpi_unacked++;
		i->tcpi_sacked = pcb != NULL ? ((const struct tcp_pcb_listen *)pcb)->backlog : 0;
	}
	if (pcb == NULL || t->state == TCP_LISTENING || t->state == TCP_NEW)
		return;
	i->tcpi_retransmits = pcb->nrtx;
	i->tcpi_backoff = pcb->nrtx;
	if ((pcb->flags & TF_SACK) != 0)
		i->tcpi_options |= TCPI_OPT_SACK;
	if ((pcb->flags & TF_WND_SCALE) != 0) {
		i->tcpi_options |= TCPI_OPT_WSCALE;
		i->tcpi_snd_wscale = pcb->snd_scale & 15;
		i->tcpi_rcv_wscale = pcb->rcv_scale & 15;
	}
	i->tcpi_rto = USEC(pcb->rto);
	i->tcpi_ato = 50000;
	i->tcpi_snd_mss = i->tcpi_rcv_mss = i->tcpi_advmss = tcp_mss(pcb);
	i->tcpi_pmtu = i->tcpi_snd_mss + 40u;
	i->tcpi_unacked = (pcb->snd_nxt - pcb->lastack + i->tcpi_snd_mss - 1) / i->tcpi_snd_mss;
	i->tcpi_rtt = USEC(pcb->sa >> 3);
	i->tcpi_rttvar = USEC(pcb->sv >> 2);
	i->tcpi_snd_cwnd = pcb->cwnd / i->tcpi_snd_mss;
	i->tcpi_snd_ssthresh = pcb->ssthresh / i->tcpi_snd_mss;
	i->tcpi_rcv_space = pcb->rcv_wnd;
	i->tcpi_notsent_bytes = pcb->snd_lbb - pcb->snd_nxt;
}
