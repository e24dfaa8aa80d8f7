using System.Diagnostics;
using Shaper.Engine.Interop;
using Shaper.Engine.Ports;
using Shaper.NetSim.Checking;

namespace Shaper.Lab.Tests;

/// <summary>Segments from b to a, numbered by their sequence numbers: bare acknowledgements over IPv4 and IPv6, and such as are nearly so.</summary>
internal sealed class AckTraffic : IDisposable
{
    private static readonly (bool IsBareAck, SegmentRecipe Recipe)[] Kinds =
    [
        (true, new()),
        (false, new() { PayloadBytes = 40 }),
        (true, new() { Ipv6 = true, Options = SegmentRecipe.SackOptions(1, 2) }),
        (false, new() { Vlan = 9 }),
        (false, new() { Flags = SeenSegment.Ack | SeenSegment.Fin }),
    ];

    private readonly List<long> _sentAtNs = [];
    private readonly LabTap _tap;
    private readonly LabThread _sender;
    private volatile bool _stop;

    public AckTraffic(LabLine line)
    {
        _tap = new(line.Space, "a", "eth0");
        _sender = LabThread.Start(line.Space.NameOf("b"), Send);
    }

    /// <summary>One number each. After <see cref="Finish"/>.</summary>
    public IReadOnlyList<AckSeen> Seen { get; private set; } = [];

    public void Finish()
    {
        Thread.Sleep(200);
        _stop = true;
        _sender.Join();
        Thread.Sleep(300);
        ILookup<uint, long> arrivals = _tap.Finish()
            .Select(one => (one.StampNs, Segment: SeenSegment.Read(one.Frame)))
            .Where(one => one.Segment is { Path.SourcePort: 40_000, Path.DestinationPort: 443 })
            .ToLookup(one => one.Segment!.Sequence, one => one.StampNs);
        Seen = [.. _sentAtNs.Select((sent, number) => new AckSeen(Kinds[number % Kinds.Length].IsBareAck, sent, [.. arrivals[(uint)number]]))];
    }

    public void Dispose()
    {
        _stop = true;
        _tap.Dispose();
    }

    private void Send()
    {
        using LabPort port = new(PortKind.Ring, "eth0");
        Stopwatch watch = Stopwatch.StartNew();
        while (!_stop)
        {
            // 2,500 a second.
            while (_sentAtNs.Count < watch.Elapsed.TotalMilliseconds * 2.5)
            {
                int number = _sentAtNs.Count;
                _sentAtNs.Add(UnixClock.RealtimeNanoseconds);
                port.Send((Kinds[number % Kinds.Length].Recipe with { Sequence = (uint)number, Source = 0x0b, Destination = 0x0a }).ToBytes());
            }

            Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
        }
    }

    /// <summary>What became of one segment.</summary>
    /// <param name="IsBareAck">Without payload; otherwise it has some, a VLAN tag or a FIN.</param>
    /// <param name="SentNs">CLOCK_REALTIME.</param>
    /// <param name="ArrivedNs">The kernel's stamps at the far side.</param>
    internal readonly record struct AckSeen(bool IsBareAck, long SentNs, long[] ArrivedNs);
}
