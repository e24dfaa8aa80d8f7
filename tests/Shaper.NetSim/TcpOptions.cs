using System.Buffers.Binary;

namespace Shaper.NetSim;

/// <summary>The options the modelled endpoints send: MSS and window scale on a SYN, timestamps (in units of 0.1 ms) on every segment.</summary>
internal static class TcpOptions
{
    public static int Write(Span<byte> at, bool syn, uint timestamp, uint echo, int windowScale)
    {
        int length = 0;
        if (syn)
        {
            at[0] = 2;
            at[1] = 4;
            BinaryPrimitives.WriteUInt16BigEndian(at[2..], 1_460);
            at[4] = 1;
            at[5] = 3;
            at[6] = 3;
            at[7] = (byte)windowScale;
            length = 8;
        }

        at[length] = 1;
        at[length + 1] = 1;
        at[length + 2] = 8;
        at[length + 3] = 10;
        BinaryPrimitives.WriteUInt32BigEndian(at[(length + 4)..], Math.Max(1, timestamp));
        BinaryPrimitives.WriteUInt32BigEndian(at[(length + 8)..], echo);
        return length + 12;
    }
}
