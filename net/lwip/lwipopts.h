/* SPDX-License-Identifier: ISC */
/*
 * How lwIP is built for Kiln: no thread, no mailbox, no socket layer of its own; everything runs under the kernel lock.
 * Memory is the kernel heap's; net/port.c says what else lwIP gets from us. Its clock ticks every 50 ms instead of
 * 250, and only while there is something to time (net/timers.c).
 */
#ifndef NET_LWIPOPTS_H
#define NET_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_TIMERS          0
#define LWIP_STATS           0
#define LWIP_IPV6            0
#define LWIP_RAW             1
#define LWIP_DHCP            1
#define LWIP_IGMP            0
#define LWIP_DNS             1 /* only so that DHCP tells us the servers: port.c has dns_setserver */
#define DNS_MAX_SERVERS      3
#define LWIP_ASSERT_CORE_LOCKED()
#ifdef KERNEL
#define LWIP_NOASSERT 1
#endif

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define mem_clib_malloc net_mem_alloc
#define mem_clib_free   net_mem_free
#define mem_clib_calloc net_mem_calloc
#define MEM_ALIGNMENT   8
/* In tcp_out.c alone MEMCPY copies what the program sends. */
#define MEMCPY(dst, src, len) LWIP_MEMCPY(dst, src, len)
#ifndef LWIP_MEMCPY
#define LWIP_MEMCPY memcpy
#endif

#define ETH_PAD_SIZE                  0
#define ARP_TABLE_SIZE                64
#define ARP_QUEUEING                  1
#define ARP_QUEUE_LEN                 16
#define MEMP_NUM_ARP_QUEUE            64
#define ETHARP_TRUST_IP_MAC           0
#define ETHARP_SUPPORT_STATIC_ENTRIES 0

#define LWIP_NETIF_HOSTNAME          1
#define LWIP_NETIF_STATUS_CALLBACK   1
#define LWIP_NETIF_LINK_CALLBACK     0
#define LWIP_NETIF_TX_SINGLE_PBUF    0
#define LWIP_NETIF_HWADDRHINT        1
#define LWIP_NETIF_LOOPBACK          1
#define LWIP_HAVE_LOOPIF             1
#define LWIP_LOOPBACK_MAX_PBUFS      1024
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_SUPPORT_CUSTOM_PBUF     1
#define PBUF_LINK_HLEN               14
#define PBUF_POOL_SIZE               0
#define MEMP_NUM_PBUF                1024

#define IP_FORWARD                0
#define IP_DEFAULT_TTL            64
#define IP_REASSEMBLY             1
#define IP_FRAG                   1
#define IP_REASS_MAX_PBUFS        64
#define MEMP_NUM_REASSDATA        16
#define IP_SOF_BROADCAST          1
#define IP_SOF_BROADCAST_RECV     0
#define LWIP_BROADCAST_PING       0
#define LWIP_MULTICAST_TX_OPTIONS 1
#define LWIP_NETBUF_RECVINFO      1
#define SO_REUSE                  1
#define SO_REUSE_RXTOALL          1

#define LWIP_DHCP_MAX_DNS_SERVERS DNS_MAX_SERVERS
#define DHCP_DOES_ARP_CHECK       0
#define LWIP_DHCP_DOES_ACD_CHECK  0

#define TCP_TMR_INTERVAL                                          50
#define TCP_MSS                                                   16344 /* lo's; an Ethernet interface's MTU makes it less */
#define TCP_CALCULATE_EFF_SEND_MSS                                1
#define LWIP_WND_SCALE                                            1
#define TCP_RCV_SCALE                                             2
#define TCP_WND                                                   262140
#define TCP_SND_BUF                                               262144
#define TCP_SND_QUEUELEN                                          4096
#define TCP_SNDLOWAT                                              4096
#define TCP_WND_UPDATE_THRESHOLD                                  32768
#define TCP_QUEUE_OOSEQ                                           1
#define TCP_OOSEQ_MAX_BYTES                                       TCP_WND
#define TCP_OOSEQ_MAX_PBUFS                                       256
#define LWIP_TCP_SACK_OUT                                         1
#define LWIP_TCP_TIMESTAMPS                                       0
#define LWIP_TCP_KEEPALIVE                                        1
#define LWIP_TCP_RTO_TIME                                         1000
#define LWIP_TCP_CALC_INITIAL_CWND(mss)                           ((tcpwnd_size_t)10 * (mss))
#define TCP_LISTEN_BACKLOG                                        1
#define TCP_MSL                                                   30000
#define TCP_OVERSIZE                                              2048
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) net_random()
#define MEMP_NUM_TCP_PCB                                          4096
#define MEMP_NUM_TCP_PCB_LISTEN                                   128
#define MEMP_NUM_TCP_SEG                                          8192
#define LWIP_DISABLE_TCP_SANITY_CHECKS                            1

#define CHECKSUM_CHECK_ICMP   1
#define LWIP_CHECKSUM_ON_COPY 0

#endif
