namespace Shaper.Engine.Interop;

/// <summary>One attribute of a netlink message: its type without the flag bits, and its value.</summary>
public readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
{
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;
}
