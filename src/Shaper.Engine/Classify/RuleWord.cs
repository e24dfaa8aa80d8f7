using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>
/// The rows of a small rule set as bits, where <see cref="RuleSet"/> has the places at which bits lie: half the loads for the frames that nearly all traffic
/// consists of, IP with ports.
/// </summary>
/// <remarks>Made of the set's own rows, so that it cannot say anything else. Immutable; any thread.</remarks>
internal sealed class RuleWord
{
    private const int Protocols = 256;

    /// <summary>By kind, then protocol; what rules ask of ICMP types is in it as well, for a frame that has none.</summary>
    private readonly ulong[] _kindAndProtocol;
    private readonly ulong[] _dscp;
    private readonly ValueMap<ulong> _etherType;
    private readonly ValueMap<ulong> _sourcePort;
    private readonly ValueMap<ulong> _destinationPort;

    /// <param name="rows">Of one word each.</param>
    /// <param name="kinds">Row by direction and ACK-only.</param>
    /// <param name="etherType">Of the field.</param>
    /// <param name="dscp">Row by DSCP.</param>
    /// <param name="protocols">Row by protocol.</param>
    /// <param name="noIcmpType">Row of a frame that is not ICMP.</param>
    /// <param name="sourcePort">Of the field.</param>
    /// <param name="destinationPort">Of the field.</param>
    public RuleWord(
        ulong[] rows, int[] kinds, IntervalTable etherType, int[] dscp, int[] protocols, int noIcmpType, IntervalTable sourcePort, IntervalTable destinationPort)
    {
        _kindAndProtocol = new ulong[kinds.Length * Protocols];
        for (int i = 0; i < _kindAndProtocol.Length; i++)
        {
            _kindAndProtocol[i] = rows[kinds[i / Protocols]] & rows[protocols[i % Protocols]] & rows[noIcmpType];
        }

        _dscp = Bits(rows, dscp);
        _etherType = new(Bits(rows, etherType.Expand(1 << 16)));
        _sourcePort = new(Bits(rows, sourcePort.Expand(1 << 16)));
        _destinationPort = new(Bits(rows, destinationPort.Expand(1 << 16)));
    }

    public long MemoryBytes =>
        Buffer.ByteLength(_kindAndProtocol) + Buffer.ByteLength(_dscp) + _etherType.MemoryBytes + _sourcePort.MemoryBytes + _destinationPort.MemoryBytes;

    /// <summary>The variants that an IP frame with ports matches.</summary>
    public ulong Agreed(in FrameMeta meta, Direction direction)
    {
        int kind = ((int)direction * 2) + ((meta.Traits & FrameTraits.AckOnly) != 0 ? 1 : 0);
        return _kindAndProtocol[(kind * Protocols) + meta.Protocol] & _dscp[meta.Dscp] & _etherType.Row(meta.EtherType)
            & _sourcePort.Row(meta.SourcePort) & _destinationPort.Row(meta.DestinationPort);
    }

    private static ulong[] Bits(ulong[] rows, int[] places) => Array.ConvertAll(places, place => rows[place]);
}
