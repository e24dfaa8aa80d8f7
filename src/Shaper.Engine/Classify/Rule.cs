using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>
/// One line of a policy: the facts a frame must show and the class it then belongs to. Every condition that is left empty is true;
/// all others must hold at once; within a list one entry is enough.
/// </summary>
/// <remarks>
/// A condition on a header the frame does not have is false: DSCP, protocols and prefixes need IP, ports need a transport with known ports
/// (a later fragment knows those of the first), ICMP types need ICMP or ICMPv6. Immutable; compiled by <see cref="RuleSet.Compile"/>.
/// </remarks>
public sealed record Rule
{
    /// <summary>For the operator; no meaning to the machine.</summary>
    public required string Name { get; init; }

    /// <summary>Line of the policy file, for the operator; 0 for a rule that came with the box.</summary>
    public int Line { get; init; }

    /// <summary>Class of the frames that match, an index into the plan's classes.</summary>
    public required ushort ClassId { get; init; }

    /// <summary>Which way the frame goes; null for both.</summary>
    public Direction? Direction { get; init; }

    /// <summary>Outer VLAN ids, 0 for untagged (or priority-tagged) frames.</summary>
    public IReadOnlyList<ushort> VlanIds { get; init; } = [];

    /// <summary>EtherTypes behind tags; below 0x0600 an LLC access point, as in FrameMeta.EtherType.</summary>
    public IReadOnlyList<ushort> EtherTypes { get; init; } = [];

    public DscpSet Dscp { get; init; }

    /// <summary>IP protocols after extension headers.</summary>
    public IReadOnlyList<byte> Protocols { get; init; } = [];

    public IReadOnlyList<AddressPrefix> Sources { get; init; } = [];

    public IReadOnlyList<AddressPrefix> Destinations { get; init; } = [];

    /// <summary>Prefixes of which the source or the destination must be in one.</summary>
    public IReadOnlyList<AddressPrefix> EitherAddress { get; init; } = [];

    public IReadOnlyList<PortRange> SourcePorts { get; init; } = [];

    public IReadOnlyList<PortRange> DestinationPorts { get; init; } = [];

    /// <summary>Ports of which the source or the destination must be one: a service seen from both sides.</summary>
    public IReadOnlyList<PortRange> EitherPort { get; init; } = [];

    /// <summary>ICMP or ICMPv6 types; name the protocol as well, since the two number their types differently.</summary>
    public IReadOnlyList<byte> IcmpTypes { get; init; } = [];

    /// <summary>True: only TCP acknowledgements without payload, SYN, FIN, RST or URG. False: only other frames. Null: either.</summary>
    public bool? AckOnly { get; init; }
}
