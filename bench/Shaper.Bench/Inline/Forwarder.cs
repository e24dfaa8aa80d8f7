using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Bench.Inline;

/// <summary>A child process that forwards both ways between two ports and does nothing else: what the ports alone cost, the yardstick of the whole shaper.</summary>
internal static class Forwarder
{
    private const int BurstFrames = 64;
    private const int SlotBytes = 2_048;

    private static readonly Duration TendEvery = Duration.FromMilliseconds(100);

    /// <param name="arguments">"pcap", "ring" or "ring-bypass", and the two interfaces.</param>
    public static int Run(string[] arguments)
    {
        using InterfacePorts left = Open(arguments[0], arguments[1]);
        using InterfacePorts right = Open(arguments[0], arguments[2]);
        using PollWait wait = new(left.Capture, right.Capture);
        Lane[] lanes = [new(left.Capture, right.Inject), new(right.Capture, left.Inject)];
        MonotonicClock clock = new();
        Instant nextTend = Instant.Zero;
        Console.WriteLine("ready");
        while (true)
        {
            Instant now = clock.Now;
            int moved = lanes[0].Move() + lanes[1].Move();
            if (now >= nextTend)
            {
                nextTend = now + TendEvery;
                lanes[0].Tend();
                lanes[1].Tend();
            }

            if (moved == 0)
            {
                wait.Wait(now, now + TendEvery);
            }
        }
    }

    private static InterfacePorts Open(string kind, string name) => kind switch
    {
        "pcap" => InterfacePorts.Open(PortKind.Pcap, name),
        "ring" => InterfacePorts.Open(PortKind.Ring, name),
        _ => new(new RingCapturePort(name), new RingInjectPort(name, bypassQdisc: true), InterfacePorts.MtuOf(name)),
    };

    /// <summary>One direction.</summary>
    private sealed class Lane(ICapturePort capture, IInjectPort inject)
    {
        private readonly FramePool _pool = new(slots: 4_096, SlotBytes);
        private readonly FrameHandle[] _burst = new FrameHandle[BurstFrames];

        public int Move()
        {
            _pool.Reclaim();
            int count = capture.Receive(_pool, _burst);
            int sent = 0;
            while (sent < count)
            {
                int taken = inject.Send(_pool, _burst.AsSpan(sent, count - sent));
                sent += taken > 0 ? taken : 1;
            }

            _pool.Return(_burst.AsSpan(0, count));
            return count;
        }

        public void Tend()
        {
            capture.Tend();
            inject.Tend();
        }
    }
}
