using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>Reads the headers of an Ethernet frame into its <see cref="FrameMeta"/>: one pass, no allocation, no exception on any bytes.</summary>
/// <remarks>
/// Owns, and resets on each call: NetworkOffset, TransportOffset, PayloadOffset, PayloadBytes, SourcePort, DestinationPort, EtherType, VlanId,
/// Protocol, TrafficClass, TcpFlags, Traits. Touches nothing else of the metadata and never writes to the frame.
/// <para>
/// Read: Ethernet II and 802.3 with LLC/SNAP (RFC 1042), any number of 802.1Q/802.1ad tags, IPv4 with options (RFC 791), IPv6 with extension headers
/// (RFC 8200), fragments of both, and the port-carrying transports TCP, UDP, UDP-Lite, SCTP, DCCP. Every other protocol (ESP, GRE, ICMP, ...) has its
/// transport and payload at the same offset. AH ends the walk although clear text follows it: what is authenticated is not ours to edit, so it is
/// not shown as TCP.
/// </para>
/// <para>
/// Traits: Ipv4 or Ipv6 is set as soon as the whole fixed header of that version is there, so that its addresses can be read at NetworkOffset.
/// HasPorts is set only where the whole transport header is there; ports read from a header that is cut later are kept without it.
/// An atomic fragment (RFC 6946) is not a fragment. Bytes after the packet are Ethernet padding and belong to nobody.
/// </para>
/// <para>
/// A header that contradicts itself or the frame sets Malformed and ends the walk with its fault; what was read before stays.
/// Checksums are not verified: a frame that is wrong in them is the receiver's to drop. Offsets have 16 bits, so no frame is read beyond 65,535 B.
/// </para>
/// Static and stateless: any thread.
/// </remarks>
public static partial class Dissector
{
    private const int EthernetHeaderBytes = 14;
    private const int TagBytes = 4;
    private const int LlcHeaderBytes = 3;
    private const int SnapHeaderBytes = 8;
    private const int ShortestPlainBytes = 42;

    /// <summary>EtherType of IPv4, version 4, header of five words.</summary>
    private const ulong PlainIpv4 = 0x0800_45;

    /// <summary>EtherType of IPv6 and version 6.</summary>
    private const ulong PlainIpv6 = 0x86DD_6;

    /// <summary>Fills the header fields of <paramref name="meta"/> from <paramref name="frame"/>.</summary>
    /// <returns>Why the walk ended early, or None.</returns>
    public static HeaderFault Dissect(ReadOnlySpan<byte> frame, ref FrameMeta meta)
    {
        if (frame.Length > ushort.MaxValue)
        {
            frame = frame[..ushort.MaxValue];
        }

        if (frame.Length >= ShortestPlainBytes && TryDissectPlain(frame, ref meta))
        {
            return HeaderFault.None;
        }

        meta.NetworkOffset = 0;
        meta.TransportOffset = 0;
        meta.PayloadOffset = 0;
        meta.PayloadBytes = 0;
        meta.SourcePort = 0;
        meta.DestinationPort = 0;
        meta.EtherType = 0;
        meta.VlanId = 0;
        meta.Protocol = 0;
        meta.TrafficClass = 0;
        meta.TcpFlags = 0;

        if (frame.Length < EthernetHeaderBytes)
        {
            FrameTraits group = !frame.IsEmpty && (frame[0] & 1) != 0 ? FrameTraits.Multicast : FrameTraits.None;
            return Fault(HeaderFault.EthernetCut, group, ref meta);
        }

        FrameTraits traits = (frame[0] & 1) != 0 ? FrameTraits.Multicast : FrameTraits.None;
        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        int offset = EthernetHeaderBytes;
        if (etherType is EtherTypes.CustomerTag or EtherTypes.ServiceTag or EtherTypes.LegacyServiceTag)
        {
            traits |= FrameTraits.Tagged;
            if (!SkipTags(frame, ref offset, ref etherType, ref meta))
            {
                return Fault(HeaderFault.VlanCut, traits, ref meta);
            }
        }

        if (etherType < EtherTypes.LowestEtherType)
        {
            HeaderFault fault = SkipLlc(ref frame, ref offset, ref etherType);
            if (fault != HeaderFault.None)
            {
                meta.NetworkOffset = (ushort)offset;
                return Fault(fault, traits, ref meta);
            }
        }

        meta.EtherType = etherType;
        meta.NetworkOffset = (ushort)offset;
        if (etherType == EtherTypes.Ipv4)
        {
            return DissectIpv4(frame, offset, traits, ref meta);
        }

        if (etherType == EtherTypes.Ipv6)
        {
            return DissectIpv6(frame, offset, traits, ref meta);
        }

        meta.Traits = traits;
        return HeaderFault.None;
    }

    /// <summary>
    /// The frames that nearly all traffic consists of, read in half the time: untagged, IPv4 without options or IPv6 without extensions, no fragment,
    /// TCP or UDP, nothing wrong. False, with nothing written, for all others; the general walk would give the same.
    /// </summary>
    private static bool TryDissectPlain(ReadOnlySpan<byte> frame, ref FrameMeta meta)
    {
        // EtherType, then the first six bytes of the IP header.
        ulong head = BinaryPrimitives.ReadUInt64BigEndian(frame.Slice(12, 8));
        int offset;
        int segmentBytes;
        byte protocol;
        byte trafficClass;
        FrameTraits traits;
        if (head >> 40 == PlainIpv4)
        {
            // Fragment field, time to live, protocol.
            uint next = BinaryPrimitives.ReadUInt32BigEndian(frame.Slice(20, 4));
            offset = EthernetHeaderBytes + 20;
            segmentBytes = (ushort)(head >> 16) - 20;
            protocol = (byte)next;
            trafficClass = (byte)(head >> 32);
            traits = FrameTraits.Ipv4 | FrameTraits.HasPorts;
            if ((next & 0x3FFF_0000) != 0)
            {
                return false;
            }
        }
        else if (head >> 44 == PlainIpv6)
        {
            offset = EthernetHeaderBytes + Ipv6Chain.FixedHeaderBytes;
            segmentBytes = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(18, 2));
            protocol = frame[20];
            trafficClass = (byte)(head >> 36);
            traits = FrameTraits.Ipv6 | FrameTraits.HasPorts;
        }
        else
        {
            return false;
        }

        if (segmentBytes > frame.Length - offset)
        {
            return false;
        }

        int headerBytes;
        int payloadBytes;
        byte flags = 0;
        ReadOnlySpan<byte> segment = frame[offset..];
        if (protocol == IpProtocols.Tcp && segmentBytes >= TcpView.FixedHeaderBytes && segment.Length >= TcpView.FixedHeaderBytes)
        {
            flags = segment[13];
            headerBytes = (segment[12] >> 4) * 4;
            payloadBytes = segmentBytes - headerBytes;
            if (headerBytes < TcpView.FixedHeaderBytes || payloadBytes < 0)
            {
                return false;
            }

            if (payloadBytes == 0 && (flags & AckOnlyMask) == TcpFlag.Ack)
            {
                traits |= FrameTraits.AckOnly;
            }
        }
        else if (protocol == IpProtocols.Udp && segmentBytes >= 8 && segment.Length >= 8)
        {
            int statedBytes = BinaryPrimitives.ReadUInt16BigEndian(segment.Slice(4, 2));
            headerBytes = 8;
            payloadBytes = statedBytes - headerBytes;
            if (payloadBytes < 0 || statedBytes > segmentBytes)
            {
                return false;
            }
        }
        else
        {
            return false;
        }

        uint ports = BinaryPrimitives.ReadUInt32BigEndian(segment);
        meta.NetworkOffset = EthernetHeaderBytes;
        meta.TransportOffset = (ushort)offset;
        meta.PayloadOffset = (ushort)(offset + headerBytes);
        meta.PayloadBytes = (ushort)payloadBytes;
        meta.SourcePort = (ushort)(ports >> 16);
        meta.DestinationPort = (ushort)ports;
        meta.EtherType = (ushort)(head >> 48);
        meta.VlanId = 0;
        meta.Protocol = protocol;
        meta.TrafficClass = trafficClass;
        meta.TcpFlags = flags;
        meta.Traits = (frame[0] & 1) != 0 ? traits | FrameTraits.Multicast : traits;
        return true;
    }

    /// <summary>Walks tags to the EtherType behind the last one. False where the frame ends in one.</summary>
    private static bool SkipTags(ReadOnlySpan<byte> frame, ref int offset, ref ushort etherType, ref FrameMeta meta)
    {
        bool outer = true;
        do
        {
            if (frame.Length - offset < TagBytes)
            {
                return false;
            }

            ReadOnlySpan<byte> tag = frame.Slice(offset, TagBytes);
            if (outer)
            {
                meta.VlanId = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(tag) & 0x0FFF);
                outer = false;
            }

            etherType = BinaryPrimitives.ReadUInt16BigEndian(tag[2..]);
            offset += TagBytes;
        }
        while (etherType is EtherTypes.CustomerTag or EtherTypes.ServiceTag or EtherTypes.LegacyServiceTag);
        return true;
    }

    /// <summary>
    /// Replaces an 802.3 length by the EtherType behind SNAP, or else by the LLC destination access point, and cuts the frame to that length.
    /// </summary>
    private static HeaderFault SkipLlc(ref ReadOnlySpan<byte> frame, ref int offset, ref ushort etherType)
    {
        int lengthBytes = etherType;
        etherType = 0;
        if (lengthBytes > frame.Length - offset)
        {
            return HeaderFault.NetworkLength;
        }

        if (lengthBytes < LlcHeaderBytes)
        {
            return HeaderFault.NetworkCut;
        }

        frame = frame[..(offset + lengthBytes)];
        ReadOnlySpan<byte> llc = frame[offset..];
        etherType = llc[0];
        if (llc.Length >= SnapHeaderBytes && BinaryPrimitives.ReadUInt32BigEndian(llc) == 0xAAAA0300 && llc[4] == 0 && llc[5] == 0)
        {
            ushort inner = BinaryPrimitives.ReadUInt16BigEndian(llc[6..]);
            if (inner >= EtherTypes.LowestEtherType)
            {
                etherType = inner;
                offset += SnapHeaderBytes;
            }
        }

        return HeaderFault.None;
    }

    private static HeaderFault DissectIpv4(ReadOnlySpan<byte> frame, int offset, FrameTraits traits, ref FrameMeta meta)
    {
        const int fixedHeaderBytes = 20;
        ReadOnlySpan<byte> packet = frame[offset..];
        if (packet.Length < fixedHeaderBytes)
        {
            return Fault(HeaderFault.NetworkCut, traits, ref meta);
        }

        int versionAndLength = packet[0];
        if (versionAndLength >> 4 != 4)
        {
            return Fault(HeaderFault.NetworkVersion, traits, ref meta);
        }

        traits |= FrameTraits.Ipv4;
        byte protocol = packet[9];
        meta.TrafficClass = packet[1];
        meta.Protocol = protocol;
        int headerBytes = (versionAndLength & 0x0F) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerBytes < fixedHeaderBytes || totalBytes < headerBytes || totalBytes > packet.Length)
        {
            return Fault(HeaderFault.NetworkLength, traits, ref meta);
        }

        // More-fragments flag and 13-bit offset; don't-fragment and the reserved bit lie above.
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF;
        if (fragment != 0)
        {
            traits |= FrameTraits.Fragment;
            if ((fragment & 0x1FFF) != 0)
            {
                return LaterFragment(offset + headerBytes, totalBytes - headerBytes, traits, ref meta);
            }
        }

        return DissectTransport(packet[headerBytes..totalBytes], offset + headerBytes, protocol, traits, ref meta);
    }

    private static HeaderFault DissectIpv6(ReadOnlySpan<byte> frame, int offset, FrameTraits traits, ref FrameMeta meta)
    {
        ReadOnlySpan<byte> packet = frame[offset..];
        if (packet.Length < Ipv6Chain.FixedHeaderBytes)
        {
            return Fault(HeaderFault.NetworkCut, traits, ref meta);
        }

        uint first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        if (first >> 28 != 6)
        {
            return Fault(HeaderFault.NetworkVersion, traits, ref meta);
        }

        traits |= FrameTraits.Ipv6;
        meta.TrafficClass = (byte)(first >> 20);
        byte protocol = packet[6];
        meta.Protocol = protocol;
        int totalBytes = Ipv6Chain.FixedHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (totalBytes > packet.Length)
        {
            return Fault(HeaderFault.NetworkLength, traits, ref meta);
        }

        packet = packet[..totalBytes];
        int headerBytes = Ipv6Chain.FixedHeaderBytes;
        if (Ipv6Chain.IsExtension(protocol))
        {
            bool whole = Ipv6Chain.TrySkip(packet, ref protocol, ref headerBytes, ref traits, out _);
            meta.Protocol = protocol;
            if (!whole)
            {
                return Fault(HeaderFault.ExtensionChain, traits, ref meta);
            }

            if ((traits & FrameTraits.LaterFragment) != 0)
            {
                return LaterFragment(offset + headerBytes, totalBytes - headerBytes, traits, ref meta);
            }
        }

        return DissectTransport(packet[headerBytes..], offset + headerBytes, protocol, traits, ref meta);
    }
}
