using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>
/// The rows of a rule set for the frames that nearly all traffic consists of, IP with ports, where no rule asks for VLANs or addresses: what is asked of direction, ACK-only, EtherType,
/// protocol and ICMP type is one row, ANDed when the set is compiled, so that four rows are left of ten. A frame of that kind has no ICMP type, and IP has one EtherType a version.
/// </summary>
/// <remarks>Immutable; any thread.</remarks>
internal sealed class JointRows
{
    private const int Protocols = 256;
    private const int Versions = 2;

    private readonly int[] _rows;

    /// <param name="kinds">Row by direction and ACK-only.</param>
    /// <param name="etherType">Row of each interval of the field.</param>
    /// <param name="protocols">Row by protocol.</param>
    /// <param name="noIcmpType">Row of a frame that is not ICMP.</param>
    /// <param name="rowSet">Where the rows are, and new ones go.</param>
    public JointRows(int[] kinds, ValueMap<int> etherType, int[] protocols, int noIcmpType, RowSet rowSet)
    {
        int[] versions = [etherType.Row(EtherTypes.Ipv4), etherType.Row(EtherTypes.Ipv6)];
        _rows = new int[kinds.Length * Versions * Protocols];
        Dictionary<(int Kind, int Protocol), int> known = [];
        for (int i = 0; i < _rows.Length; i++)
        {
            int kind = i / Protocols;
            int protocol = protocols[i % Protocols];
            if (!known.TryGetValue((kind, protocol), out int row))
            {
                row = rowSet.AddAnd(rowSet.AddAnd(kinds[kind / Versions], versions[kind % Versions]), rowSet.AddAnd(protocol, noIcmpType));
                known.Add((kind, protocol), row);
            }

            _rows[i] = row;
        }
    }

    public long MemoryBytes => Buffer.ByteLength(_rows);

    /// <summary>The rows, in the order of <see cref="PlaceOf"/>.</summary>
    public int[] Rows => _rows;

    /// <summary>True for IP frames whose ports are known.</summary>
    public static bool Serve(FrameTraits traits) => (traits & (FrameTraits.HasPorts | FrameTraits.FollowsFragment)) != 0;

    /// <summary>Direction and ACK-only as one number.</summary>
    public static int KindOf(FrameTraits traits, Direction direction) => ((int)direction * 2) + ((traits & FrameTraits.AckOnly) != 0 ? 1 : 0);

    /// <summary>Where among the rows that of a frame is for which <see cref="Serve"/> holds.</summary>
    public static int PlaceOf(in FrameMeta meta, Direction direction)
    {
        FrameTraits traits = meta.Traits;
        int version = (traits & FrameTraits.Ipv6) != 0 ? 1 : 0;
        return (((KindOf(traits, direction) * Versions) + version) * Protocols) + meta.Protocol;
    }

    /// <summary>The row of such a frame.</summary>
    public int Of(in FrameMeta meta, Direction direction) => _rows[PlaceOf(meta, direction)];
}
