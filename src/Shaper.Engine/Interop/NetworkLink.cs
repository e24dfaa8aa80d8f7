namespace Shaper.Engine.Interop;

/// <summary>What the kernel says of one network interface at one moment.</summary>
public sealed record NetworkLink
{
    public required int Index { get; init; }

    public required string Name { get; init; }

    /// <summary>Bytes of payload that fit into one frame.</summary>
    public required int Mtu { get; init; }

    /// <summary>Kind of a virtual interface ("bridge", "veth"); empty for hardware.</summary>
    public required string Kind { get; init; }

    /// <summary>Index of the bridge (or bond) that it is a port of; 0 where there is none.</summary>
    public required int MasterIndex { get; init; }

    /// <summary>The 48-bit MAC address, first byte in the upper bits; 0 where there is none.</summary>
    public required ulong MacAddress { get; init; }

    /// <summary>The operator's note on the interface (ifalias).</summary>
    public required string Alias { get; init; }

    public required bool IsLoopback { get; init; }

    /// <summary>Frames are Ethernet frames.</summary>
    public required bool IsEthernet { get; init; }

    /// <summary>Administratively up.</summary>
    public required bool IsUp { get; init; }

    public required bool HasCarrier { get; init; }

    /// <summary>Takes in frames for any station: somebody captures on it, or stacks interfaces with addresses of their own on it.</summary>
    public required bool IsPromiscuous { get; init; }

    /// <summary>Set for a bridge.</summary>
    public BridgeSettings? Bridge { get; init; }

    /// <summary>Set for a port of a bridge.</summary>
    public BridgePortSettings? BridgePort { get; init; }
}
