using System.Buffers.Binary;

namespace Shaper.Lab.Tests;

/// <summary>Ethernet frames that can be told apart: a number, then bytes that follow from it, so that any change shows.</summary>
internal static class LabFrames
{
    /// <summary>Experimental EtherType: no stack answers it.</summary>
    public const ushort EtherType = 0x88B5;

    private static readonly byte[] Addresses = [0x02, 0, 0, 0, 0, 0x0B, 0x02, 0, 0, 0, 0, 0x0A];

    /// <summary>A frame of that many bytes; <paramref name="tags"/> are VLAN tags, TPID above TCI, outermost first.</summary>
    public static byte[] Make(int number, int bytes, params ReadOnlySpan<uint> tags)
    {
        byte[] frame = new byte[bytes];
        Addresses.CopyTo(frame, 0);
        int at = 12;
        foreach (uint tag in tags)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at), tag);
            at += 4;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), EtherType);
        at += 2;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at), number);
        for (int i = at + 4; i < bytes; i++)
        {
            frame[i] = (byte)((number * 31) + (i * 7));
        }

        return frame;
    }
}
