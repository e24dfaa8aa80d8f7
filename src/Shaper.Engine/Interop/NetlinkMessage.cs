using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Shaper.Engine.Interop;

/// <summary>Builds one netlink request: the header, the family's own header, then attributes, nested ones included.</summary>
/// <remarks>
/// Attributes are padded to four bytes and written in the machine's byte order; those that a family wants in network order have their own
/// method. Lengths are filled in when a nest or the message is closed. Source: RFC 3549, section 2.3, and the kernel's netlink uapi.
/// </remarks>
public sealed class NetlinkMessage
{
    public const int HeaderBytes = 16;

    private const int AttributeHeaderBytes = 4;
    private const ushort Nested = 0x8000;

    private byte[] _bytes = new byte[256];
    private int _length = HeaderBytes;

    /// <param name="type">nlmsg_type.</param>
    /// <param name="flags">nlmsg_flags besides NLM_F_REQUEST.</param>
    public NetlinkMessage(ushort type, ushort flags)
    {
        Write(4, type);
        Write(6, (ushort)(flags | 1));
    }

    /// <summary>Raw bytes, for the family's own header.</summary>
    public NetlinkMessage Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Grow(bytes.Length));
        return this;
    }

    public NetlinkMessage Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> at = Grow(AttributeHeaderBytes + value.Length);
        MemoryMarshal.Write(at, (ushort)(AttributeHeaderBytes + value.Length));
        MemoryMarshal.Write(at[2..], type);
        value.CopyTo(at[AttributeHeaderBytes..]);
        return this;
    }

    public NetlinkMessage Attribute(ushort type, byte value) => Attribute(type, [value]);

    public NetlinkMessage Attribute(ushort type, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        MemoryMarshal.Write(bytes, value);
        return Attribute(type, bytes);
    }

    public NetlinkMessage Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>32 bits in network order, as nftables wants them.</summary>
    public NetlinkMessage AttributeNetworkOrder(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>Text with its closing zero.</summary>
    public NetlinkMessage Attribute(ushort type, string value) => Attribute(type, Encoding.ASCII.GetBytes(value + "\0"));

    /// <summary>An attribute that holds the attributes which <paramref name="content"/> adds.</summary>
    public NetlinkMessage Nest(ushort type, Action<NetlinkMessage> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        int start = _length;
        MemoryMarshal.Write(Grow(AttributeHeaderBytes)[2..], (ushort)(type | Nested));
        content(this);
        Write(start, (ushort)(_length - start));
        return this;
    }

    /// <summary>The finished message.</summary>
    internal ReadOnlySpan<byte> Close(uint sequence)
    {
        MemoryMarshal.Write(_bytes.AsSpan(0), (uint)_length);
        MemoryMarshal.Write(_bytes.AsSpan(8), sequence);
        return _bytes.AsSpan(0, _length);
    }

    private void Write(int offset, ushort value) => MemoryMarshal.Write(_bytes.AsSpan(offset), value);

    /// <summary>Room for so many bytes and their padding, zeroed.</summary>
    private Span<byte> Grow(int bytes)
    {
        int padded = (bytes + 3) & ~3;
        if (_length + padded > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + padded));
        }

        Span<byte> room = _bytes.AsSpan(_length, padded);
        _length += padded;
        return room;
    }
}
