using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>What a TCP segment of a generated connection says.</summary>
internal readonly record struct Segment(
    int Connection, uint Ack, ushort Window, byte Flags, int SackBlocks, bool Timestamps, int PayloadBytes, byte TrafficClass, bool OtherOption);

/// <summary>Writes generated segments as frames, independently of the code that reads them.</summary>
internal static class AckFrames
{
    public static FrameHandle Make(FramePool pool, in Segment segment, long serial, Instant now)
    {
        if (!pool.TryRent(out FrameHandle frame))
        {
            pool.Reclaim();
            if (!pool.TryRent(out frame))
            {
                return FrameHandle.None;
            }
        }

        int options = (segment.Timestamps ? 12 : 0) + (segment.SackBlocks > 0 ? 4 + (8 * segment.SackBlocks) : 0) + (segment.OtherOption ? 4 : 0);
        int total = 20 + 20 + options + segment.PayloadBytes;
        Span<byte> bytes = pool.Slot(frame)[..(14 + total)];
        bytes.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[12..], 0x0800);
        Span<byte> ip = bytes[14..];
        ip[0] = 0x45;
        ip[1] = segment.TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)total);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)serial);
        ip[9] = 6;
        ip[15] = 1;
        ip[19] = 2;
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(1_000 + segment.Connection));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 80);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], 5);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], segment.Ack);
        tcp[12] = (byte)((20 + options) / 4 << 4);
        tcp[13] = segment.Flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], segment.Window);
        int at = 20;
        if (segment.Timestamps)
        {
            tcp[at] = 1;
            tcp[at + 1] = 1;
            tcp[at + 2] = 8;
            tcp[at + 3] = 10;
            BinaryPrimitives.WriteUInt32BigEndian(tcp[(at + 4)..], (uint)serial);
            at += 12;
        }

        if (segment.SackBlocks > 0)
        {
            tcp[at] = 1;
            tcp[at + 1] = 1;
            tcp[at + 2] = 5;
            tcp[at + 3] = (byte)(2 + (8 * segment.SackBlocks));
            at += 4 + (8 * segment.SackBlocks);
        }

        if (segment.OtherOption)
        {
            tcp[at] = 30;
            tcp[at + 1] = 4;
        }

        ref FrameMeta meta = ref pool.Meta(frame);
        meta = default;
        meta.FrameBytes = bytes.Length;
        Dissector.Dissect(bytes, ref meta);

        // All connections in one flow queue: the worst case, as when the table is full.
        meta.FlowHash = 77;
        meta.WireBytes = bytes.Length + 24;
        meta.Arrival = now;
        meta.CapturedUnixNs = serial;
        return frame;
    }
}
