using System.Numerics;
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
    /// <summary>As <see cref="JointRows"/> has them.</summary>
    private readonly ulong[] _joint;
    private readonly ulong[] _dscp;

    /// <summary>By variant; last, the class of a frame that none matches.</summary>
    private readonly ushort[] _classes;
    private readonly ValueMap<ulong> _sourcePort;
    private readonly ValueMap<ulong> _destinationPort;

    /// <param name="rows">Of one word each.</param>
    /// <param name="joint">Of all fields that are not named here.</param>
    /// <param name="dscp">Row by DSCP.</param>
    /// <param name="sourcePort">Of the field.</param>
    /// <param name="destinationPort">Of the field.</param>
    /// <param name="classes">By variant.</param>
    /// <param name="fallback">Class of what no variant matches.</param>
    public RuleWord(
        ulong[] rows, JointRows joint, int[] dscp, IntervalTable sourcePort, IntervalTable destinationPort, ReadOnlySpan<ushort> classes, ushort fallback)
    {
        _classes = new ushort[65];
        _classes.AsSpan().Fill(fallback);
        classes.CopyTo(_classes);

        _joint = Bits(rows, joint.Rows);
        _dscp = Bits(rows, dscp);
        _sourcePort = new(Bits(rows, sourcePort.Expand(1 << 16)));
        _destinationPort = new(Bits(rows, destinationPort.Expand(1 << 16)));
    }

    public long MemoryBytes =>
        Buffer.ByteLength(_joint) + Buffer.ByteLength(_dscp) + _sourcePort.MemoryBytes + _destinationPort.MemoryBytes;

    /// <summary>The variants that a frame matches for which <see cref="JointRows.Serve"/> holds.</summary>
    public ulong Agreed(in FrameMeta meta, Direction direction) =>
        _joint[JointRows.PlaceOf(meta, direction)] & _dscp[meta.Dscp] & _sourcePort.Row(meta.SourcePort) & _destinationPort.Row(meta.DestinationPort);

    /// <summary>The class of such a frame.</summary>
    public ushort ClassOf(in FrameMeta meta, Direction direction) => _classes[BitOperations.TrailingZeroCount(Agreed(meta, direction))];

    private static ulong[] Bits(ulong[] rows, int[] places) => Array.ConvertAll(places, place => rows[place]);
}
