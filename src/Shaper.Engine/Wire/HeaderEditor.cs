using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>The only edits the box makes to other people's packets, each in place and with its checksum updated (RFC 1624): TCP window, TCP MSS, ECN CE.</summary>
/// <remarks>
/// Each refuses, and leaves every byte as it is, where the header is not whole or the frame is malformed. A checksum that was wrong stays wrong by the
/// same amount, so that a damaged segment is still seen as damaged by its receiver.
/// Called by whoever holds the frame. Static and stateless.
/// </remarks>
public static class HeaderEditor
{
    private const int WindowOffset = 14;
    private const int ChecksumOffset = 16;

    /// <summary>Writes the window field, unscaled as it travels. False where the frame is not a whole TCP segment.</summary>
    public static bool TrySetTcpWindow(Span<byte> frame, in FrameMeta meta, ushort window)
    {
        if (!IsWholeTcp(meta))
        {
            return false;
        }

        // Of a length that is known here, so that it is compared once for all four accesses.
        ReplaceWord(frame.Slice(meta.TransportOffset, TcpView.FixedHeaderBytes), WindowOffset, window);
        return true;
    }

    /// <summary>Lowers the MSS option of a SYN to <paramref name="maxBytes"/>. True where it was higher and has been lowered.</summary>
    public static bool TryClampMss(Span<byte> frame, in FrameMeta meta, ushort maxBytes)
    {
        if (!IsWholeTcp(meta) || (meta.TcpFlags & TcpFlag.Syn) == 0)
        {
            return false;
        }

        Span<byte> header = frame[meta.TransportOffset..meta.PayloadOffset];
        TcpOptionReader reader = new(header[TcpView.FixedHeaderBytes..]);
        while (reader.TryNext())
        {
            if (reader.Kind == TcpOptionKind.MaximumSegmentSize && reader.Data.Length == 2)
            {
                if (BinaryPrimitives.ReadUInt16BigEndian(reader.Data) <= maxBytes)
                {
                    return false;
                }

                ReplaceWord(header, TcpView.FixedHeaderBytes + reader.Offset + 2, maxBytes);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Marks congestion experienced (RFC 3168). True where the packet now carries CE, also if it did before; false where its transport
    /// is not ECN-capable or there is no IP. Keeps <see cref="FrameMeta.TrafficClass"/> in step.
    /// </summary>
    public static bool TryMarkCe(Span<byte> frame, ref FrameMeta meta)
    {
        if ((meta.Traits & FrameTraits.Malformed) != 0 || (meta.TrafficClass & 0x03) == 0)
        {
            return false;
        }

        Span<byte> header = frame[meta.NetworkOffset..];
        if ((meta.Traits & FrameTraits.Ipv4) != 0)
        {
            ushort before = BinaryPrimitives.ReadUInt16BigEndian(header);
            ushort after = (ushort)(before | 0x0003);
            ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(header[10..]);
            BinaryPrimitives.WriteUInt16BigEndian(header, after);
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Update(checksum, before, after));
        }
        else if ((meta.Traits & FrameTraits.Ipv6) != 0)
        {
            // Traffic class spans the first two bytes; its ECN bits are bits 4 and 5 of the second. No checksum covers them.
            header[1] |= 0x30;
        }
        else
        {
            return false;
        }

        meta.TrafficClass |= 0x03;
        return true;
    }

    private static bool IsWholeTcp(in FrameMeta meta) =>
        meta.Protocol == IpProtocols.Tcp &&
        (meta.Traits & (FrameTraits.HasPorts | FrameTraits.Fragment | FrameTraits.Malformed)) == FrameTraits.HasPorts;

    /// <summary>Replaces two bytes of a TCP header and updates its checksum, also where an option stands at an odd offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReplaceWord(Span<byte> header, int offset, ushort value)
    {
        Span<byte> word = header.Slice(offset, sizeof(ushort));
        Span<byte> sum = header.Slice(ChecksumOffset, sizeof(ushort));
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(word);
        BinaryPrimitives.WriteUInt16BigEndian(word, value);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(sum);

        // Across a word boundary the two bytes count in swapped places (RFC 1071, section 2 (B)).
        ushort updated = (offset & 1) == 0
            ? InternetChecksum.Update(checksum, before, value)
            : InternetChecksum.Update(checksum, BinaryPrimitives.ReverseEndianness(before), BinaryPrimitives.ReverseEndianness(value));
        BinaryPrimitives.WriteUInt16BigEndian(sum, updated);
    }
}
