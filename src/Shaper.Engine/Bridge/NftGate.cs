using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The gate for kernels without tcx: nftables rules that drop what the bridge would forward between the two ports, in a table that
/// vanishes with this process.
/// </summary>
/// <remarks>
/// Poorer than <see cref="TcxGate"/> in two ways. There is no heartbeat: after a kill the wire is back when the kernel has closed the
/// sockets, but a process that hangs leaves it dark. And a change of carrier takes effect at a moment that is only bracketed: frames
/// of the few milliseconds that a rule change takes are lost, not doubled. Engage and Release block for as long. Without a heartbeat the kernel never
/// carries in a stall, so there is nothing to keep acknowledgements from.
/// Create it last: the kernel closes the last descriptor first.
/// </remarks>
public sealed class NftGate : IWireGate
{
    private const int Spans = 4;

    private readonly Lock _change = new();

    // Written under _change (release), read by CarrierOf on any thread (acquire).
    private readonly long[] _from = new long[Spans];
    private readonly long[] _until = new long[Spans];
    private readonly ForwardingRules _rules;
    private bool _engaged;
    private long _engagements;
    private long _droppedBefore;

    public NftGate(NetworkLink wan, NetworkLink lan)
    {
        // Several shapers on one machine: a port is in one bridge only.
        _rules = new($"shaper-{wan.Name}", wan.Name, lan.Name);
    }

    public bool Engaged => Volatile.Read(ref _engaged);

    public GateCounters Counters
    {
        get
        {
            lock (_change)
            {
                return new("nft", _engagements, Stalls: 0, _droppedBefore + _rules.DroppedFrames(), GateCounters.NotCounted);
            }
        }
    }

    public void Engage(Instant now)
    {
        lock (_change)
        {
            if (_engaged)
            {
                return;
            }

            _rules.Install();
            int span = (int)(++_engagements % Spans);
            Volatile.Write(ref _until[span], 0);
            Volatile.Write(ref _from[span], UnixClock.RealtimeNanoseconds);
            Volatile.Write(ref _until[span], long.MaxValue);
            Volatile.Write(ref _engaged, true);
        }
    }

    public void Release(Instant now)
    {
        lock (_change)
        {
            if (!_engaged)
            {
                return;
            }

            _droppedBefore += _rules.DroppedFrames();
            Volatile.Write(ref _until[(int)(_engagements % Spans)], UnixClock.RealtimeNanoseconds);
            Volatile.Write(ref _engaged, false);
            _rules.Remove();
        }
    }

    public void Beat(Instant now)
    {
    }

    public FrameCarrier CarrierOf(in FrameMeta frame, ReadOnlySpan<byte> bytes, Direction direction)
    {
        if (frame.CapturedUnixNs == 0)
        {
            return Engaged ? FrameCarrier.Shaper : FrameCarrier.Kernel;
        }

        for (int i = 0; i < Spans; i++)
        {
            if (frame.CapturedUnixNs < Volatile.Read(ref _until[i]) && frame.CapturedUnixNs >= Volatile.Read(ref _from[i]))
            {
                return FrameCarrier.Shaper;
            }
        }

        return FrameCarrier.Kernel;
    }

    /// <summary>Nothing to do: the rules go by name.</summary>
    public void Attach(int port, int interfaceIndex)
    {
    }

    public void KnowBox(BridgeAddresses? addresses)
    {
    }

    public void Dispose()
    {
        lock (_change)
        {
            Volatile.Write(ref _engaged, false);
            _rules.Dispose();
        }
    }
}
