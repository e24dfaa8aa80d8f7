using System.Buffers.Binary;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Wire;

/// <summary>The transport half of the dissector: what follows the IP headers.</summary>
public static partial class Dissector
{
    private static HeaderFault DissectTransport(ReadOnlySpan<byte> segment, int offset, byte protocol, FrameTraits traits, ref FrameMeta meta)
    {
        int headerBytes;
        int payloadBytes;
        meta.TransportOffset = (ushort)offset;
        switch (protocol)
        {
            case IpProtocols.Tcp:
                if (segment.Length < 20)
                {
                    return TransportCut(segment, traits, ref meta);
                }

                byte flags = segment[13];
                headerBytes = (segment[12] >> 4) * 4;
                payloadBytes = segment.Length - headerBytes;
                meta.TcpFlags = flags;
                ReadPorts(segment, ref meta);
                if (headerBytes < 20)
                {
                    return Fault(HeaderFault.TransportLength, traits, ref meta);
                }

                if (payloadBytes < 0)
                {
                    return Fault(HeaderFault.TransportCut, traits, ref meta);
                }

                if (payloadBytes == 0 && (flags & AckOnlyMask) == TcpFlag.Ack && (traits & FrameTraits.Fragment) == 0)
                {
                    traits |= FrameTraits.AckOnly;
                }

                break;

            case IpProtocols.Udp:
                if (segment.Length < 8)
                {
                    return TransportCut(segment, traits, ref meta);
                }

                ReadPorts(segment, ref meta);
                headerBytes = 8;
                int statedBytes = BinaryPrimitives.ReadUInt16BigEndian(segment[4..]);
                if (statedBytes < 8 || (statedBytes > segment.Length && (traits & FrameTraits.Fragment) == 0))
                {
                    return Fault(HeaderFault.TransportLength, traits, ref meta);
                }

                payloadBytes = Math.Min(statedBytes, segment.Length) - 8;
                break;

            case IpProtocols.Sctp or IpProtocols.Dccp or IpProtocols.UdpLite:
                headerBytes = protocol == IpProtocols.UdpLite ? 8 : 12;
                if (segment.Length < headerBytes)
                {
                    return TransportCut(segment, traits, ref meta);
                }

                ReadPorts(segment, ref meta);
                payloadBytes = segment.Length - headerBytes;
                break;

            default:
                meta.PayloadOffset = (ushort)offset;
                meta.PayloadBytes = (ushort)segment.Length;
                meta.Traits = traits;
                return HeaderFault.None;
        }

        meta.PayloadOffset = (ushort)(offset + headerBytes);
        meta.PayloadBytes = (ushort)payloadBytes;
        meta.Traits = traits | FrameTraits.HasPorts;
        return HeaderFault.None;
    }

    private const int AckOnlyMask = TcpFlag.Ack | TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Reset | TcpFlag.Urgent;

    private static void ReadPorts(ReadOnlySpan<byte> segment, ref FrameMeta meta)
    {
        uint ports = BinaryPrimitives.ReadUInt32BigEndian(segment);
        meta.SourcePort = (ushort)(ports >> 16);
        meta.DestinationPort = (ushort)ports;
    }

    private static HeaderFault LaterFragment(int offset, int bytes, FrameTraits traits, ref FrameMeta meta)
    {
        meta.PayloadOffset = (ushort)offset;
        meta.PayloadBytes = (ushort)bytes;
        meta.Traits = traits | FrameTraits.LaterFragment;
        return HeaderFault.None;
    }

    private static HeaderFault TransportCut(ReadOnlySpan<byte> segment, FrameTraits traits, ref FrameMeta meta)
    {
        if (segment.Length >= 4)
        {
            ReadPorts(segment, ref meta);
        }

        return Fault(HeaderFault.TransportCut, traits, ref meta);
    }

    private static HeaderFault Fault(HeaderFault fault, FrameTraits traits, ref FrameMeta meta)
    {
        meta.Traits = traits | FrameTraits.Malformed;
        return fault;
    }
}
