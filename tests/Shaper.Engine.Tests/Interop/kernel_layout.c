/* Prints the sizes, offsets and constants that KernelLayoutTests.cs holds the engine's structures against.
 *
 *   gcc -o /tmp/kernel_layout kernel_layout.c && /tmp/kernel_layout
 *
 * The kernel's and libpcap's own headers are the source; what is printed stands in that test. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <poll.h>
#include <time.h>
#include <net/if.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <asm/sockios.h>
#include <linux/sockios.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>

#define SIZE(t) printf("%-28s %zu\n", #t, sizeof(t))
#define OFFSET(t, f) printf("%-28s %zu\n", #t "." #f, offsetof(t, f))
#define VALUE(v) printf("%-28s %ld\n", #v, (long)(v))

typedef struct tpacket2_hdr tpacket2_hdr;
typedef struct tpacket_req tpacket_req;
typedef struct tpacket_stats tpacket_stats;
typedef struct sockaddr_ll sockaddr_ll;
typedef struct packet_mreq packet_mreq;
typedef struct mmsghdr mmsghdr;
typedef struct msghdr msghdr;
typedef struct iovec iovec;
typedef struct pollfd pollfd;
typedef struct timespec timespec;
typedef struct ifreq ifreq;
typedef struct pcap_pkthdr pcap_pkthdr;
typedef struct pcap_stat pcap_stat;

int main(void)
{
    SIZE(tpacket2_hdr); OFFSET(tpacket2_hdr, tp_status); OFFSET(tpacket2_hdr, tp_len); OFFSET(tpacket2_hdr, tp_snaplen);
    OFFSET(tpacket2_hdr, tp_mac); OFFSET(tpacket2_hdr, tp_net); OFFSET(tpacket2_hdr, tp_sec); OFFSET(tpacket2_hdr, tp_nsec);
    OFFSET(tpacket2_hdr, tp_vlan_tci); OFFSET(tpacket2_hdr, tp_vlan_tpid);
    VALUE(TPACKET2_HDRLEN); VALUE(TPACKET_ALIGNMENT);
    SIZE(tpacket_req); OFFSET(tpacket_req, tp_block_size); OFFSET(tpacket_req, tp_block_nr); OFFSET(tpacket_req, tp_frame_size);
    OFFSET(tpacket_req, tp_frame_nr);
    SIZE(tpacket_stats); OFFSET(tpacket_stats, tp_packets); OFFSET(tpacket_stats, tp_drops);
    SIZE(sockaddr_ll); OFFSET(sockaddr_ll, sll_protocol); OFFSET(sockaddr_ll, sll_ifindex); OFFSET(sockaddr_ll, sll_addr);
    SIZE(packet_mreq); OFFSET(packet_mreq, mr_type);
    SIZE(msghdr);
    SIZE(mmsghdr); OFFSET(mmsghdr, msg_hdr.msg_iov); OFFSET(mmsghdr, msg_hdr.msg_iovlen); OFFSET(mmsghdr, msg_hdr.msg_flags);
    OFFSET(mmsghdr, msg_len);
    SIZE(iovec); OFFSET(iovec, iov_len);
    SIZE(pollfd); OFFSET(pollfd, events); OFFSET(pollfd, revents);
    SIZE(timespec); OFFSET(timespec, tv_nsec);
    SIZE(ifreq); OFFSET(ifreq, ifr_ifindex);
    SIZE(pcap_pkthdr); OFFSET(pcap_pkthdr, caplen); OFFSET(pcap_pkthdr, len);
    SIZE(pcap_stat); OFFSET(pcap_stat, ps_drop); OFFSET(pcap_stat, ps_ifdrop);

    VALUE(AF_PACKET); VALUE(SOCK_RAW); VALUE(SOCK_DGRAM); VALUE(SOCK_CLOEXEC); VALUE(SOCK_NONBLOCK); VALUE(AF_INET);
    VALUE(SOL_PACKET); VALUE(SOL_SOCKET);
    VALUE(PACKET_ADD_MEMBERSHIP); VALUE(PACKET_RX_RING); VALUE(PACKET_STATISTICS); VALUE(PACKET_VERSION); VALUE(PACKET_QDISC_BYPASS);
    VALUE(PACKET_IGNORE_OUTGOING); VALUE(PACKET_MR_PROMISC); VALUE(TPACKET_V2);
    VALUE(SO_ERROR); VALUE(SO_TIMESTAMPNS); VALUE(SO_SNDBUFFORCE);
    VALUE(TP_STATUS_KERNEL); VALUE(TP_STATUS_USER); VALUE(TP_STATUS_VLAN_VALID); VALUE(TP_STATUS_VLAN_TPID_VALID);
    VALUE(ETH_P_ALL); VALUE(ETH_P_8021Q); VALUE(ETH_P_8021AD);
    VALUE(SIOCGIFINDEX); VALUE(SIOCGIFMTU); VALUE(SIOCGIFFLAGS); VALUE(IFF_UP); VALUE(IFF_RUNNING); VALUE(IFNAMSIZ);
    VALUE(MSG_DONTWAIT); VALUE(POLLIN);
    VALUE(EFD_CLOEXEC); VALUE(EFD_NONBLOCK); VALUE(PR_SET_TIMERSLACK); VALUE(CLOCK_REALTIME); VALUE(CLOCK_TAI);
    VALUE(PROT_READ); VALUE(PROT_WRITE); VALUE(MAP_SHARED); VALUE(MAP_POPULATE);
    VALUE(PCAP_D_IN);
    return 0;
}
