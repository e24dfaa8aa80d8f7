using System.Buffers.Binary;

namespace Shaper.NetSim.Checking;

/// <summary>Frames that are bare acknowledgements, or nearly, and what they are by a reading that shares nothing with the box.</summary>
public static class BareAckFrames
{
    private static readonly byte[] SomeFlags = [16, 16, 16, 16, 24, 80, 144, 17, 18, 20, 48, 0, 2, 4];

    /// <summary>Bytes that such a reading looks at: EtherType, IP lengths, fragment, protocol, TCP offset and flags.</summary>
    private static readonly int[] ReadBytes = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 46, 47, 66, 67];

    /// <summary>A segment; in three of five also with some bytes changed, cut, or followed by others.</summary>
    public static byte[] Make(int seed)
    {
#pragma warning disable CA5394 // chance, not secrecy
        Random random = new(seed);
        byte[] options = new byte[4 * random.Next(0, 11)];
        random.NextBytes(options);
        SegmentRecipe segment = new()
        {
            Ipv6 = random.Next(2) == 0,
            Vlan = random.Next(8) == 0 ? (ushort)5 : (ushort)0,
            Flags = SomeFlags[random.Next(SomeFlags.Length)],
            Sequence = (uint)random.Next(),
            Options = options,
            PayloadBytes = random.Next(4) == 0 ? random.Next(1, 1_400) : 0,
        };
        byte[] frame = segment.ToBytes();
        switch (random.Next(5))
        {
            case 0:
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    int at = random.Next(2) == 0 ? ReadBytes[random.Next(ReadBytes.Length)] : random.Next(12, 90);
                    if (at < frame.Length)
                    {
                        frame[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(frame[at] ^ (1 << random.Next(8))), _ => 0 };
                    }
                }

                return frame;
            case 1:
                return frame[..random.Next(14, frame.Length + 1)];
            case 2:
                byte[] padding = new byte[random.Next(1, 50)];
                random.NextBytes(padding);
                return [.. frame, .. padding];
            default:
                return frame;
        }
#pragma warning restore CA5394
    }

    public static bool IsBareAck(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 14 + 20 + 20)
        {
            return false;
        }

        ReadOnlySpan<byte> packet = frame[14..];
        int headers;
        int said;
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case 0x0800:
                const int MoreFragmentsAndOffset = 0x3fff;
                if (packet[0] != 0x45 || packet[9] != 6 || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & MoreFragmentsAndOffset) != 0)
                {
                    return false;
                }

                headers = 20;
                said = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
                break;
            case 0x86dd:
                if (packet.Length < 40 + 20 || packet[0] >> 4 != 6 || packet[6] != 6)
                {
                    return false;
                }

                headers = 40;
                said = 40 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
                break;
            default:
                return false;
        }

        ReadOnlySpan<byte> tcp = packet[headers..];
        int words = tcp[12] >> 4;
        bool ack = (tcp[13] & SeenSegment.Ack) != 0;
        bool other = (tcp[13] & (SeenSegment.Fin | SeenSegment.Syn | SeenSegment.Reset)) != 0;
        return words >= 5 && said == headers + (4 * words) && ack && !other;
    }
}
