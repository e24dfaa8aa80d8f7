using System.Numerics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>
/// The rows of a small rule set as bits, where <see cref="RuleSet"/> has the places at which bits lie: half the loads for the frames that nearly all traffic
/// consists of, IP with ports.
/// </summary>
/// <remarks>Made of the set's own rows, so that it cannot say anything else. Immutable; any thread.</remarks>
internal sealed class RuleWord
{
    private const int Protocols = 256;
    private const int Versions = 2;

    /// <summary>By kind, IP version and protocol; what rules ask of ICMP types is in it as well, for a frame that has none, and of EtherTypes, for IP has one a version.</summary>
    private readonly ulong[] _kindAndProtocol;
    private readonly ulong[] _dscp;

    /// <summary>By variant; last, the class of a frame that none matches.</summary>
    private readonly ushort[] _classes;
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
    /// <param name="classes">By variant.</param>
    /// <param name="fallback">Class of what no variant matches.</param>
    public RuleWord(
        ulong[] rows, int[] kinds, ValueMap<int> etherType, int[] dscp, int[] protocols, int noIcmpType, IntervalTable sourcePort, IntervalTable destinationPort,
        ReadOnlySpan<ushort> classes, ushort fallback)
    {
        ulong[] versions = [rows[etherType.Row(EtherTypes.Ipv4)], rows[etherType.Row(EtherTypes.Ipv6)]];
        _kindAndProtocol = new ulong[kinds.Length * Versions * Protocols];
        for (int i = 0; i < _kindAndProtocol.Length; i++)
        {
            int kind = i / Protocols;
            _kindAndProtocol[i] = rows[kinds[kind / Versions]] & versions[kind % Versions] & rows[protocols[i % Protocols]] & rows[noIcmpType];
        }

        _classes = new ushort[65];
        _classes.AsSpan().Fill(fallback);
        classes.CopyTo(_classes);

        _dscp = Bits(rows, dscp);
        _sourcePort = new(Bits(rows, sourcePort.Expand(1 << 16)));
        _destinationPort = new(Bits(rows, destinationPort.Expand(1 << 16)));
    }

    public long MemoryBytes =>
        Buffer.ByteLength(_kindAndProtocol) + Buffer.ByteLength(_dscp) + _sourcePort.MemoryBytes + _destinationPort.MemoryBytes;

    /// <summary>True for IP frames whose ports are known.</summary>
    public static bool Serves(FrameTraits traits) => (traits & (FrameTraits.HasPorts | FrameTraits.FollowsFragment)) != 0;

    /// <summary>The variants that such a frame matches.</summary>
    public ulong Agreed(in FrameMeta meta, Direction direction)
    {
        FrameTraits traits = meta.Traits;
        int kind = ((int)direction * 2) + ((traits & FrameTraits.AckOnly) != 0 ? 1 : 0);
        int version = (traits & FrameTraits.Ipv6) != 0 ? 1 : 0;
        return _kindAndProtocol[(((kind * Versions) + version) * Protocols) + meta.Protocol] & _dscp[meta.Dscp]
            & _sourcePort.Row(meta.SourcePort) & _destinationPort.Row(meta.DestinationPort);
    }

    /// <summary>The class of such a frame.</summary>
    public ushort ClassOf(in FrameMeta meta, Direction direction) => _classes[BitOperations.TrailingZeroCount(Agreed(meta, direction))];

    private static ulong[] Bits(ulong[] rows, int[] places) => Array.ConvertAll(places, place => rows[place]);
}
