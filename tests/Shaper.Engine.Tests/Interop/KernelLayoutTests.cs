using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shaper.Engine.Interop;
using Xunit;

namespace Shaper.Engine.Tests.Interop;

/// <summary>The engine's structures against what kernel_layout.c, beside this file, prints from the kernel's own headers (x86-64 and arm64 agree).</summary>
public sealed class KernelLayoutTests
{
    [Fact]
    public void Structures_are_as_long_as_the_kernels()
    {
        Assert.Equal(32, Unsafe.SizeOf<LibcPacket.RingHeader>());
        Assert.Equal(16, Unsafe.SizeOf<LibcPacket.RingRequest>());
        Assert.Equal(8, Unsafe.SizeOf<LibcPacket.RingStatistics>());
        Assert.Equal(20, Unsafe.SizeOf<LibcPacket.LinkAddress>());
        Assert.Equal(16, Unsafe.SizeOf<LibcPacket.Membership>());
        Assert.Equal(64, Unsafe.SizeOf<LibcSocket.MultiMessage>());
        Assert.Equal(56, Unsafe.SizeOf<LibcSocket.MessageHeader>());
        Assert.Equal(16, Unsafe.SizeOf<LibcSocket.IoVector>());
        Assert.Equal(8, Unsafe.SizeOf<LibcPoll.PollEntry>());
        Assert.Equal(16, Unsafe.SizeOf<LibcTime.TimeSpec>());
        Assert.Equal(40, Unsafe.SizeOf<LibcInterface.InterfaceRequest>());
        Assert.Equal(24, Unsafe.SizeOf<LibPcap.PacketHeader>());
        Assert.Equal(12, Unsafe.SizeOf<LibPcap.Statistics>());
    }

    [Fact]
    public void Fields_stand_where_the_kernels_stand()
    {
        Assert.Equal(0, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.Status)));
        Assert.Equal(4, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.Length)));
        Assert.Equal(8, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.CapturedLength)));
        Assert.Equal(12, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.MacOffset)));
        Assert.Equal(14, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.NetOffset)));
        Assert.Equal(16, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.Seconds)));
        Assert.Equal(20, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.Nanoseconds)));
        Assert.Equal(24, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.VlanTci)));
        Assert.Equal(26, OffsetOf<LibcPacket.RingHeader>(nameof(LibcPacket.RingHeader.VlanTpid)));
        Assert.Equal(4, OffsetOf<LibcPacket.RingRequest>(nameof(LibcPacket.RingRequest.Blocks)));
        Assert.Equal(8, OffsetOf<LibcPacket.RingRequest>(nameof(LibcPacket.RingRequest.FrameBytes)));
        Assert.Equal(12, OffsetOf<LibcPacket.RingRequest>(nameof(LibcPacket.RingRequest.Frames)));
        Assert.Equal(4, OffsetOf<LibcPacket.RingStatistics>(nameof(LibcPacket.RingStatistics.Drops)));
        Assert.Equal(2, OffsetOf<LibcPacket.LinkAddress>(nameof(LibcPacket.LinkAddress.Protocol)));
        Assert.Equal(4, OffsetOf<LibcPacket.LinkAddress>(nameof(LibcPacket.LinkAddress.InterfaceIndex)));
        Assert.Equal(12, OffsetOf<LibcPacket.LinkAddress>(nameof(LibcPacket.LinkAddress.Address)));
        Assert.Equal(4, OffsetOf<LibcPacket.Membership>(nameof(LibcPacket.Membership.Type)));
        Assert.Equal(16, OffsetOf<LibcSocket.MultiMessage>(nameof(LibcSocket.MultiMessage.Vectors)));
        Assert.Equal(24, OffsetOf<LibcSocket.MultiMessage>(nameof(LibcSocket.MultiMessage.VectorCount)));
        Assert.Equal(48, OffsetOf<LibcSocket.MultiMessage>(nameof(LibcSocket.MultiMessage.Flags)));
        Assert.Equal(56, OffsetOf<LibcSocket.MultiMessage>(nameof(LibcSocket.MultiMessage.SentBytes)));
        Assert.Equal(8, OffsetOf<LibcSocket.IoVector>(nameof(LibcSocket.IoVector.Length)));
        Assert.Equal(4, OffsetOf<LibcPoll.PollEntry>(nameof(LibcPoll.PollEntry.Events)));
        Assert.Equal(6, OffsetOf<LibcPoll.PollEntry>(nameof(LibcPoll.PollEntry.Returned)));
        Assert.Equal(8, OffsetOf<LibcTime.TimeSpec>(nameof(LibcTime.TimeSpec.Nanoseconds)));
        Assert.Equal(16, OffsetOf<LibcInterface.InterfaceRequest>(nameof(LibcInterface.InterfaceRequest.Value)));
        Assert.Equal(16, OffsetOf<LibPcap.PacketHeader>(nameof(LibPcap.PacketHeader.CapturedLength)));
        Assert.Equal(20, OffsetOf<LibPcap.PacketHeader>(nameof(LibPcap.PacketHeader.Length)));
        Assert.Equal(4, OffsetOf<LibPcap.Statistics>(nameof(LibPcap.Statistics.Dropped)));
    }

    [Fact]
    public void Values_are_the_kernels()
    {
        Assert.Equal(
            [17, 3, 2, 0x8_0000, 2, 263, 1, 4, 35, 32, 64],
            new[]
            {
                LibcSocket.AF_PACKET, LibcSocket.SOCK_RAW, LibcSocket.SOCK_DGRAM, LibcSocket.SOCK_CLOEXEC, LibcSocket.AF_INET,
                LibcPacket.SOL_PACKET, LibcSocket.SOL_SOCKET, LibcSocket.SO_ERROR, LibcSocket.SO_TIMESTAMPNS, LibcSocket.SO_SNDBUFFORCE,
                LibcSocket.MSG_DONTWAIT,
            });
        Assert.Equal(
            [1, 5, 6, 10, 20, 23, 1, 1, 52, 3, 33024],
            new[]
            {
                LibcPacket.PACKET_ADD_MEMBERSHIP, LibcPacket.PACKET_RX_RING, LibcPacket.PACKET_STATISTICS, LibcPacket.PACKET_VERSION,
                LibcPacket.PACKET_QDISC_BYPASS, LibcPacket.PACKET_IGNORE_OUTGOING, LibcPacket.PACKET_MR_PROMISC, LibcPacket.TPACKET_V2,
                LibcPacket.TPACKET2_HDRLEN, LibcPacket.ETH_P_ALL, LibcPacket.ETH_P_8021Q,
            });
        Assert.Equal(
            [0u, 1u, 16u, 64u],
            new[] { LibcPacket.TP_STATUS_KERNEL, LibcPacket.TP_STATUS_USER, LibcPacket.TP_STATUS_VLAN_VALID, LibcPacket.TP_STATUS_VLAN_TPID_VALID });
        Assert.Equal(
            [35123, 35105, 35091, 1, 64, 16],
            new[]
            {
                (int)LibcInterface.SIOCGIFINDEX, (int)LibcInterface.SIOCGIFMTU, (int)LibcInterface.SIOCGIFFLAGS, LibcInterface.IFF_UP,
                LibcInterface.IFF_RUNNING, LibcInterface.IFNAMSIZ,
            });
        Assert.Equal(
            [1, 0x8_0000, 2048, 29, 0, 11, 1, 2, 1, 32768],
            new[]
            {
                LibcPoll.POLLIN, LibcPoll.EFD_CLOEXEC, LibcPoll.EFD_NONBLOCK, LibcPoll.PR_SET_TIMERSLACK, LibcTime.CLOCK_REALTIME, LibcTime.CLOCK_TAI,
                LibcMemory.PROT_READ, LibcMemory.PROT_WRITE, LibcMemory.MAP_SHARED, LibcMemory.MAP_POPULATE,
            });
    }

    private static int OffsetOf<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
