using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The gate by tcx programs and a heartbeat: the kernel's forwarding between the two ports is suppressed for exactly the frames whose
/// receive stamp lies in a span of <see cref="CarriageIntervals"/>. Crash, hang and stuck loop are one event: the span runs out.
/// </summary>
/// <remarks>
/// Needs Linux 6.6, CAP_BPF and CAP_NET_ADMIN. Everything in the kernel hangs on descriptors of this process. Create it after the packet
/// sockets: the kernel closes the last descriptor first. Attached but never engaged it changes nothing. Source: docs/decisions/gate.md.
/// </remarks>
public sealed class TcxGate : IWireGate
{
    private const int Ports = 2;

    private readonly GateBoard _board;
    private readonly CarriageIntervals _intervals;
    private readonly FileDescriptor[] _ingress = new FileDescriptor[Ports];
    private readonly FileDescriptor[] _egress = new FileDescriptor[Ports];
    private readonly FileDescriptor?[] _links = new FileDescriptor?[Ports * 2];
    private readonly KernelStamps _stamps = new();
    private readonly InterfaceQuery _query = new();

    /// <summary>Indexes of the ports that carry our programs, 0 while one does not. Written by Attach (release), read by Beat (acquire).</summary>
    private readonly int[] _attached = new int[Ports];

    private readonly bool _keepsAcks;
    private bool _wanted;
    private Instant _nextLook = Instant.Zero;

    /// <summary>Loads and attaches the programs, disengaged. Throws <see cref="LinuxException"/> where the kernel cannot.</summary>
    /// <param name="wanIndex">Interface index of the WAN port.</param>
    /// <param name="lanIndex">Interface index of the LAN port.</param>
    /// <param name="keepsAcks">Bare acknowledgements that come in on the LAN port wait for a late shaper: <see cref="CarriageIntervals.AcksLonger"/>.</param>
    public TcxGate(int wanIndex, int lanIndex, bool keepsAcks)
    {
        _keepsAcks = keepsAcks;
        try
        {
            _board = new();
            _intervals = new(_board, keepsAcks);
            for (int port = 0; port < Ports; port++)
            {
                _ingress[port] = Bpf.LoadClassifier(GatePrograms.Ingress(_board.Map, port, keepsAcks && port == (int)BridgeSide.Lan), "shaper_judge");
                _egress[port] = Bpf.LoadClassifier(GatePrograms.Egress(_board.Map, port), "shaper_gate");
            }

            Attach(0, wanIndex);
            Attach(1, lanIndex);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool Engaged => Volatile.Read(ref _wanted);

    public GateCounters Counters => new(
        "tcx",
        _intervals.Engagements,
        _intervals.Stalls,
        Sum(GateBoard.SuppressedFrames),
        Sum(GateBoard.ForwardedFrames));

    /// <summary>Frames that came without a receive stamp and were judged by the clock.</summary>
    public long UnstampedFrames => Sum(GateBoard.UnstampedFrames);

    public void Engage(Instant now)
    {
        Volatile.Write(ref _wanted, true);
        _intervals.Engage(now);
    }

    public void Release(Instant now)
    {
        Volatile.Write(ref _wanted, false);
        _intervals.Release(now);
    }

    /// <summary>
    /// Beats, and looks each millisecond whether both programs still have their interface. When one has gone, the kernel is left to carry
    /// until <see cref="Attach"/>: an interface that takes its place has no program, and the bridge would forward to it what the shaper forwards too.
    /// </summary>
    public void Beat(Instant now)
    {
        if (_wanted && now >= _nextLook)
        {
            _nextLook = now + CarriageIntervals.Pace;
            if (!IsAttached(0) || !IsAttached(1))
            {
                _intervals.Release(now);
            }
            else
            {
                _intervals.Engage(now);
            }
        }

        _intervals.Beat(now);
    }

    /// <summary>A frame that the port cannot date is taken while engaged.</summary>
    public FrameCarrier CarrierOf(in FrameMeta frame, ReadOnlySpan<byte> bytes, Direction direction)
    {
        long stamp = frame.CapturedUnixNs;
        if (stamp == 0 ? _intervals.Engaged : _intervals.Covers(stamp))
        {
            return FrameCarrier.Shaper;
        }

        bool kept = _keepsAcks && direction == Direction.Outbound && _intervals.CoversAcks(stamp) && BareAck.Is(bytes);
        return kept ? FrameCarrier.ShaperKept : FrameCarrier.Kernel;
    }

    public void Attach(int port, int interfaceIndex)
    {
        Detach(port);
        _board.Map.Write(GateBoard.InterfaceIndex(port), interfaceIndex);
        _links[port * 2] = Bpf.Link(_ingress[port], interfaceIndex, BpfAttachPoint.TcxIngress);
        _links[(port * 2) + 1] = Bpf.Link(_egress[port], interfaceIndex, BpfAttachPoint.TcxEgress);
        Volatile.Write(ref _attached[port], interfaceIndex);
    }

    public void KnowBox(BridgeAddresses? addresses)
    {
        if (addresses is null)
        {
            _board.Map.WriteAndFence(GateBoard.BoxIsKnown, 0);
            return;
        }

        _board.Map.Write(GateBoard.BoxAddress(0), GatePrograms.Comparable(addresses.BridgeAddress));
        _board.Map.Write(GateBoard.BoxAddress(1), GatePrograms.Comparable(addresses.WanAddress));
        _board.Map.Write(GateBoard.BoxAddress(2), GatePrograms.Comparable(addresses.LanAddress));
        _board.Map.WriteAndFence(GateBoard.BoxIsKnown, 1);
    }

    public void Dispose()
    {
        for (int port = 0; port < Ports; port++)
        {
            Detach(port);
            _ingress[port]?.Dispose();
            _egress[port]?.Dispose();
        }

        _board?.Dispose();
        _query.Dispose();
        _stamps.Dispose();
    }

    private bool IsAttached(int port) => Volatile.Read(ref _attached[port]) is not 0 and int index && _query.Exists(index);

    private void Detach(int port)
    {
        Volatile.Write(ref _attached[port], 0);
        _links[(port * 2) + 1]?.Dispose();
        _links[port * 2]?.Dispose();
        _links[(port * 2) + 1] = null;
        _links[port * 2] = null;
    }

    private long Sum(Func<int, int> word) => _board.Map.Read(word(0)) + _board.Map.Read(word(1));
}
