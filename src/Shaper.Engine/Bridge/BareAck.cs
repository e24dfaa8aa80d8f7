using Shaper.Engine.Interop;
using static Shaper.Engine.Interop.BpfRegister;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Which frames the gate keeps for the shaper longer than all others: TCP acknowledgements without payload. Said twice, once for the kernel
/// (<see cref="Test"/>) and once for this process (<see cref="Is"/>), about the same bytes: where the two differ a frame is lost or crosses twice.
/// </summary>
/// <remarks>
/// Untagged Ethernet; IPv4 without options and not a fragment, or IPv6 without extension headers; of the TCP flags ACK and none of SYN, FIN and RST;
/// and the IP length is that of the headers. Options are allowed, so a selective acknowledgement is one too. Padding behind the IP packet does not count.
/// URG, PSH, ECE and CWR do not count either: an acknowledgement that went ahead of a kept one with the same numbers would tell a wider window than that one afterwards. What does
/// overtake carries payload or a FIN, and makes an acknowledgement sent before it one that its receiver has no use for (RFC 9293, 3.10.7.4).
/// </remarks>
internal static class BareAck
{
    private const int EtherType = 12;
    private const int Network = 14;
    private const int TcpBytes = 20;

    private const int Ipv4Length = Network + 2;
    private const int Ipv4Fragment = Network + 6;
    private const int Ipv4Protocol = Network + 9;
    private const int Ipv4Bytes = 20;
    private const int Ipv4Tcp = Network + Ipv4Bytes;

    private const int Ipv6Length = Network + 4;
    private const int Ipv6NextHeader = Network + 6;
    private const int Ipv6Tcp = Network + 40;

    /// <summary>Shorter frames hold no TCP header.</summary>
    private const int Ipv4Least = Ipv4Tcp + TcpBytes;
    private const int Ipv6Least = Ipv6Tcp + TcpBytes;

    private const int VersionAndHeader = 0x45;
    private const int Tcp = 6;

    /// <summary>More fragments, and the upper bits of the offset.</summary>
    private const int FragmentBits = 0x3f;

    private const int DataOffset = 12;
    private const int Flags = 13;

    /// <summary>FIN, SYN, RST, ACK; only ACK may be set.</summary>
    private const int JudgedFlags = 0x17;
    private const int Ack = 0x10;

    private const short VlanPresent = 20;

    /// <summary>Where the program copies the headers to, below the frame pointer. A multiple of eight.</summary>
    private const short Copy = -80;

    /// <param name="frame">The Ethernet frame with its VLAN tags, as a port gives it.</param>
    public static bool Is(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < Ipv4Least)
        {
            return false;
        }

        if (frame[EtherType] == 0x08 && frame[EtherType + 1] == 0x00)
        {
            return frame[Network] == VersionAndHeader
                && (frame[Ipv4Fragment] & FragmentBits) == 0
                && frame[Ipv4Fragment + 1] == 0
                && frame[Ipv4Protocol] == Tcp
                && HoldsOnlyHeaders(frame, Ipv4Length, Ipv4Bytes, Ipv4Tcp);
        }

        return frame[EtherType] == 0x86 && frame[EtherType + 1] == 0xdd
            && frame.Length >= Ipv6Least
            && (frame[Network] & 0xf0) == 0x60
            && frame[Ipv6NextHeader] == Tcp
            && HoldsOnlyHeaders(frame, Ipv6Length, 0, Ipv6Tcp);
    }

    /// <param name="frame">At least as long as headers without options.</param>
    /// <param name="length">Where the IP header says how long the packet is, in 16 bits.</param>
    /// <param name="before">What that length counts besides TCP.</param>
    /// <param name="tcp">Where TCP begins.</param>
    private static bool HoldsOnlyHeaders(ReadOnlySpan<byte> frame, int length, int before, int tcp)
    {
        // The data offset is in 32-bit words, in the upper half of its byte.
        int tcpBytes = (frame[tcp + DataOffset] & 0xf0) >> 2;
        return (frame[tcp + Flags] & JudgedFlags) == Ack && frame[length] == 0 && frame[length + 1] == before + tcpBytes && tcpBytes >= TcpBytes;
    }

    /// <summary>
    /// The same test as instructions: goes on behind them for a bare acknowledgement and jumps for all else. R6 is the frame's context; R0 to R5 are lost. The
    /// frame is read by a helper, because a driver need not have put its headers into the part that programs can address.
    /// </summary>
    public static BpfAssembler Test(this BpfAssembler program, string otherwise) => program
        .Load32(R2, R6, VlanPresent)
        .JumpIf(BpfJump.NotEqual, R2, 0, otherwise)
        .CopyFrame(Ipv4Least, otherwise)
        .Load8(R2, R10, Copy + EtherType)
        .Load8(R3, R10, Copy + EtherType + 1)
        .JumpIf(BpfJump.Equal, R2, 0x86, "perhaps IPv6")
        .JumpIf(BpfJump.NotEqual, R2, 0x08, otherwise)
        .JumpIf(BpfJump.NotEqual, R3, 0x00, otherwise)
        .Load8(R2, R10, Copy + Network)
        .JumpIf(BpfJump.NotEqual, R2, VersionAndHeader, otherwise)
        .Load8(R2, R10, Copy + Ipv4Fragment)
        .JumpIf(BpfJump.AnyBitSet, R2, FragmentBits, otherwise)
        .Load8(R2, R10, Copy + Ipv4Fragment + 1)
        .JumpIf(BpfJump.NotEqual, R2, 0, otherwise)
        .Load8(R2, R10, Copy + Ipv4Protocol)
        .JumpIf(BpfJump.NotEqual, R2, Tcp, otherwise)
        .TestHeaders(Ipv4Length, Ipv4Bytes, Ipv4Tcp, otherwise)
        .Jump("bare acknowledgement")
        .Label("perhaps IPv6")
        .JumpIf(BpfJump.NotEqual, R3, 0xdd, otherwise)
        .CopyFrame(Ipv6Least, otherwise)
        .Load8(R2, R10, Copy + Network)
        .And(R2, 0xf0)
        .JumpIf(BpfJump.NotEqual, R2, 0x60, otherwise)
        .Load8(R2, R10, Copy + Ipv6NextHeader)
        .JumpIf(BpfJump.NotEqual, R2, Tcp, otherwise)
        .TestHeaders(Ipv6Length, 0, Ipv6Tcp, otherwise)
        .Label("bare acknowledgement");

    private static BpfAssembler CopyFrame(this BpfAssembler program, int bytes, string otherwise) => program
        .Move(R1, R6)
        .Move(R2, 0)
        .Move(R3, R10)
        .AddValue(R3, Copy)
        .Move(R4, bytes)
        .CallHelper(Bpf.HelperSkbLoadBytes)
        .JumpIf(BpfJump.NotEqual, R0, 0, otherwise);

    private static BpfAssembler TestHeaders(this BpfAssembler program, int length, int before, int tcp, string otherwise) => program
        .Load8(R2, R10, (short)(Copy + tcp + Flags))
        .And(R2, JudgedFlags)
        .JumpIf(BpfJump.NotEqual, R2, Ack, otherwise)
        .Load8(R2, R10, (short)(Copy + length))
        .JumpIf(BpfJump.NotEqual, R2, 0, otherwise)
        .Load8(R2, R10, (short)(Copy + tcp + DataOffset))
        .And(R2, 0xf0)
        .ShiftRight(R2, 2)
        .JumpIf(BpfJump.Below, R2, TcpBytes, otherwise)
        .AddValue(R2, before)
        .Load8(R3, R10, (short)(Copy + length + 1))
        .JumpIf(BpfJump.NotEqual, R2, R3, otherwise);
}
