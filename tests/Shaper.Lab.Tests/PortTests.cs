using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Ports;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>Both kinds of port against the kernel: namespace "host" --- veth --- namespace "box", the port under test on either end.</summary>
public sealed class PortTests
{
    private const uint Customer = 0x8100_0064;
    private const uint Service = 0x88A8_00C8;
    private const uint PriorityTag = 0x8100_A000;

    public static readonly TheoryData<PortKind, PortKind> Pairs = new()
    {
        { PortKind.Ring, PortKind.Ring },
        { PortKind.Ring, PortKind.Pcap },
        { PortKind.Pcap, PortKind.Ring },
        { PortKind.Pcap, PortKind.Pcap },
    };

    public static readonly TheoryData<PortKind> Kinds = new() { PortKind.Ring, PortKind.Pcap };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Frames_cross_in_order_and_byte_identical(PortKind sender, PortKind receiver)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", sender);
        using LabPort box = Open(lab, "box", receiver);
        byte[][] frames = [.. Enumerable.Range(0, 1_000).Select(i => LabFrames.Make(i, 60 + (i * 37 % 1_455)))];
        host.Send(frames);
        Same(frames, box.Receive(frames.Length));
        Assert.Equal(frames.Length, box.Capture.Counters.Frames);
        Assert.Equal(frames.Sum(f => f.Length), box.Capture.Counters.Bytes);
        Assert.Equal(new InjectCounters(frames.Length, frames.Sum(f => f.Length), 0, 0, 0, host.Inject.Counters.Retries, 0), host.Inject.Counters);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Vlan_tags_cross_unchanged(PortKind sender, PortKind receiver)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", sender);
        using LabPort box = Open(lab, "box", receiver);
        byte[][] frames =
        [
            LabFrames.Make(1, 64, Customer),
            LabFrames.Make(2, 64, PriorityTag),
            LabFrames.Make(3, 68, Service, Customer),
            LabFrames.Make(4, 64, Service),
            LabFrames.Make(5, 72, Customer, Customer),
            LabFrames.Make(6, 72, Service, Customer, PriorityTag),
            LabFrames.Make(7, 1_518, Customer),
            LabFrames.Make(8, 64),
        ];
        host.Send(frames);
        Same(frames, box.Receive(frames.Length));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Jumbo_frames_are_not_cut(PortKind sender, PortKind receiver)
    {
        using LabSpace lab = Wire(mtu: 9_000);
        using LabPort host = Open(lab, "host", sender);
        using LabPort box = Open(lab, "box", receiver);
        byte[][] frames = [LabFrames.Make(1, 9_014), LabFrames.Make(2, 9_018, Customer), LabFrames.Make(3, 60)];
        host.Send(frames);
        Same(frames, box.Receive(frames.Length));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Own_injections_are_not_captured(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort box = Open(lab, "box", kind);
        box.Send(LabFrames.Make(1, 100), LabFrames.Make(2, 100));
        Assert.Empty(box.Receive(1, patienceSeconds: 0.3));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frame_longer_than_the_mtu_is_counted_and_the_rest_of_its_burst_is_sent(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", kind, mtuOfPool: 9_000);
        using LabPort box = Open(lab, "box", kind);
        host.Send(LabFrames.Make(1, 100), LabFrames.Make(2, 1_600), LabFrames.Make(3, 100));
        Same([LabFrames.Make(1, 100), LabFrames.Make(3, 100)], box.Receive(2));
        Assert.Equal(1, host.Inject.Counters.OversizeDrops);
        Assert.Equal(2, host.Inject.Counters.Frames);
    }

    /// <summary>
    /// The kernel's packet sockets let a frame exceed the MTU by one tag, and only if that is an 802.1Q tag in front; a kernel bridge is more generous. Where service tags, or
    /// two tags, are in use on full frames, the ports need a larger MTU.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Full_frames_with_a_service_tag_or_two_tags_need_a_larger_mtu_and_are_counted_without(PortKind kind)
    {
        byte[] customer = LabFrames.Make(1, 1_518, Customer);
        byte[][] longer = [LabFrames.Make(2, 1_518, Service), LabFrames.Make(3, 1_522, Service, Customer), LabFrames.Make(4, 1_522, Customer, Customer)];
        using (LabSpace lab = Wire())
        {
            using LabPort host = Open(lab, "host", kind);
            using LabPort box = Open(lab, "box", kind);
            host.Send([customer, .. longer]);
            Same([customer], box.Receive(4, patienceSeconds: 0.5));
            Assert.Equal((1, 3), (host.Inject.Counters.Frames, host.Inject.Counters.OversizeDrops));
        }

        using (LabSpace lab = Wire(mtu: 1_508))
        {
            using LabPort host = Open(lab, "host", kind);
            using LabPort box = Open(lab, "box", kind);
            host.Send([customer, .. longer]);
            Same([customer, .. longer], box.Receive(4));
            Assert.Equal(0, host.Inject.Counters.OversizeDrops);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frame_longer_than_the_receivers_slot_is_counted(PortKind kind)
    {
        using LabSpace lab = Wire(mtu: 9_000);
        using LabPort host = Open(lab, "host", kind);
        lab.Run("box", "ip", "link", "set", "dev", "eth0", "mtu", "1500");
        using LabPort box = Open(lab, "box", kind);
        lab.Run("box", "ip", "link", "set", "dev", "eth0", "mtu", "9000");
        host.Send(LabFrames.Make(1, 100), LabFrames.Make(2, 9_014), LabFrames.Make(3, 100));
        Same([LabFrames.Make(1, 100), LabFrames.Make(3, 100)], box.Receive(2));
        Assert.Equal(1, box.Capture.Counters.OversizeDrops);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_the_kernel_drops_because_nobody_reads_is_counted_exactly(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", PortKind.Ring);
        using LabPort box = Open(lab, "box", kind);
        const int Sent = 30_000;
        host.Send(Enumerable.Range(0, Sent).Select(i => LabFrames.Make(i, 60)));
        List<byte[]> received = box.Receive(Sent, patienceSeconds: 1);
        box.Capture.Tend();
        Assert.True(received.Count < Sent, "the buffer took everything: the test does not test");
        Assert.Equal(Sent - received.Count, box.Capture.Counters.KernelDrops);

        // Counted once: the kernel's own count starts again at zero.
        box.Capture.Tend();
        Assert.Equal(Sent - received.Count, box.Capture.Counters.KernelDrops);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_interface_that_goes_down_and_comes_back_is_picked_up_again(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", PortKind.Ring);
        LabThread.Run(lab.NameOf("box"), () =>
        {
            using LabPort box = new(kind, "eth0");
            lab.Run("box", "ip", "link", "set", "dev", "eth0", "down");
            box.TendUntil(() => box.Capture.State == PortState.Down && box.Inject.State == PortState.Down, "down");
            box.Send(LabFrames.Make(1, 60), LabFrames.Make(2, 60));
            Assert.Equal(2, box.Inject.Counters.DownDrops);
            Assert.Empty(box.Receive(1, patienceSeconds: 0.05));

            lab.Run("box", "ip", "link", "set", "dev", "eth0", "up");
            CrossesBothWays(host, box);
            Assert.Equal(1, box.Capture.Counters.Reopens);
            Assert.Equal(1, box.Inject.Counters.Reopens);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_interface_that_is_removed_and_created_again_is_picked_up_again(PortKind kind)
    {
        using LabSpace lab = Wire();
        LabThread.Run(lab.NameOf("box"), () =>
        {
            using LabPort box = new(kind, "eth0");
            lab.Run("box", "ip", "link", "del", "dev", "eth0");
            box.TendUntil(() => box.Capture.State == PortState.Gone && box.Inject.State == PortState.Gone, "gone");
            box.Send(LabFrames.Make(1, 60));
            Assert.Equal(1, box.Inject.Counters.DownDrops);
            Assert.Equal(-1, box.Capture.PollDescriptor);
            Assert.Empty(box.Receive(1, patienceSeconds: 0.05));

            lab.AddVeth("host", "eth0", "box", "eth0");
            using LabPort host = Open(lab, "host", PortKind.Ring);
            CrossesBothWays(host, box);
            Assert.Equal(1, box.Capture.Counters.Reopens);
            Assert.Equal(1, box.Inject.Counters.Reopens);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Frames_carry_the_kernels_receive_time_to_the_nanosecond(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", PortKind.Ring);
        using LabPort box = Open(lab, "box", kind);
        FrameHandle[] burst = new FrameHandle[64];
        bool finerThanMicroseconds = false;
        for (int i = 0; i < 20; i++)
        {
            long before = UnixClock.RealtimeNanoseconds;
            host.Send(LabFrames.Make(i, 60));
            LabSpace.WaitUntil(() => box.Capture.Receive(box.Pool, burst) == 1, TimeSpan.FromSeconds(5), () => "no frame");
            long captured = box.Pool.Meta(burst[0]).CapturedUnixNs;
            Assert.InRange(captured, before, UnixClock.RealtimeNanoseconds);
            finerThanMicroseconds |= captured % 1_000 != 0;
        }

        Assert.True(finerThanMicroseconds);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Neither_receiving_nor_sending_nor_tending_allocates(PortKind kind)
    {
        using LabSpace lab = Wire();
        using LabPort host = Open(lab, "host", kind);
        using LabPort box = Open(lab, "box", kind);
        FrameHandle[] burst = new FrameHandle[32];
        foreach (ref FrameHandle frame in burst.AsSpan())
        {
            Assert.True(host.Pool.TryRent(out frame));
            LabFrames.Make(1, 200).CopyTo(host.Pool.Slot(frame));
            host.Pool.Meta(frame).FrameBytes = 200;
        }

        FrameHandle[] received = new FrameHandle[64];
        Cross(host, box, burst, received, rounds: 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = Cross(host, box, burst, received, rounds: 100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100 * burst.Length, count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_port_that_cannot_be_opened_says_why_in_one_line(PortKind kind)
    {
        LabRequirement.Root();
        PortException fault = Assert.Throws<PortException>(() => InterfacePorts.Open(kind, "nosuch0"));
        Assert.Equal("nosuch0: there is no such network interface (ip link lists them)", fault.Message);
        Assert.Throws<PortException>(() => InterfacePorts.Open(kind, ""));
        Assert.Throws<PortException>(() => InterfacePorts.Open(kind, "a-name-longer-than-the-kernel-takes"));
    }

    private static LabSpace Wire(int mtu = 1_500)
    {
        LabSpace lab = new();
        lab.AddNamespace("host");
        lab.AddNamespace("box");
        lab.AddVeth("host", "eth0", "box", "eth0", mtu);
        return lab;
    }

    private static LabPort Open(LabSpace lab, string space, PortKind kind, int mtuOfPool = 0) =>
        LabThread.Run(lab.NameOf(space), () => new LabPort(kind, "eth0", mtuOfPool: mtuOfPool));

    private static int Cross(LabPort from, LabPort to, FrameHandle[] burst, FrameHandle[] received, int rounds)
    {
        int total = 0;
        for (int round = 0; round < rounds; round++)
        {
            from.Inject.Send(from.Pool, burst);
            from.Inject.Tend();
            to.Capture.Tend();

            // The kernel delivers within the sender's call, unless it is busy: then a moment later.
            int expected = total + burst.Length;
            for (int attempt = 0; total < expected && attempt < 10_000_000; attempt++)
            {
                to.Pool.Reclaim();
                int count = to.Capture.Receive(to.Pool, received);
                to.Pool.Return(received.AsSpan(0, count));
                total += count;
            }
        }

        return total;
    }

    private static void CrossesBothWays(LabPort host, LabPort box)
    {
        box.TendUntil(() => box.Capture.State == PortState.Up && box.Inject.State == PortState.Up, "up");
        LabSpace.WaitUntil(
            () =>
            {
                host.Capture.Tend();
                return host.Capture.State == PortState.Up;
            },
            TimeSpan.FromSeconds(5),
            () => "the far end stays down");
        byte[][] frames = [LabFrames.Make(11, 100), LabFrames.Make(12, 100)];
        host.Send(frames);
        Same(frames, box.Receive(2));
        box.Send(frames);
        Same(frames, host.Receive(2));
    }

    private static void Same(IReadOnlyList<byte[]> expected, IReadOnlyList<byte[]> actual) =>
        Assert.Equal(expected.Select(Convert.ToHexString), actual.Select(Convert.ToHexString));
}
