using System.Runtime.InteropServices;
using System.Text;

namespace Shaper.Engine.Interop;

/// <summary>
/// A view over the attributes of a netlink message: walks them in order, or looks one up by its type. An attribute cut short ends the
/// list; an absent one reads as empty, zero or "".
/// </summary>
public ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private const int HeaderBytes = 4;
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The attribute that <see cref="MoveNext"/> has come to.</summary>
    public NetlinkAttribute Current { get; private set; }

    /// <summary>For foreach, which walks a copy.</summary>
    public readonly NetlinkAttributes GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < HeaderBytes)
        {
            return false;
        }

        ushort length = MemoryMarshal.Read<ushort>(_rest);
        if (length < HeaderBytes || length > _rest.Length)
        {
            return false;
        }

        Current = new((ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask), _rest[HeaderBytes..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>The value of the first attribute of this type.</summary>
    public readonly ReadOnlySpan<byte> Find(ushort type)
    {
        foreach (NetlinkAttribute attribute in this)
        {
            if (attribute.Type == type)
            {
                return attribute.Value;
            }
        }

        return default;
    }

    public readonly NetlinkAttributes Nest(ushort type) => new(Find(type));

    public readonly byte Byte(ushort type) => Find(type) is [byte value, ..] ? value : (byte)0;

    public readonly ushort UInt16(ushort type) => Find(type) is { Length: >= 2 } value ? MemoryMarshal.Read<ushort>(value) : (ushort)0;

    public readonly uint UInt32(ushort type) => Find(type) is { Length: >= 4 } value ? MemoryMarshal.Read<uint>(value) : 0;

    public readonly string Text(ushort type) => Encoding.UTF8.GetString(Find(type).TrimEnd((byte)0));
}
