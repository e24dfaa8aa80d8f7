using System.Buffers.Binary;
using Shaper.Engine.Interop;
using static Shaper.Engine.Interop.BpfRegister;

namespace Shaper.Engine.Bridge;

/// <summary>
/// The two programs of the gate, attached to each port. At ingress a frame is judged by its receive stamp, a bare acknowledgement at the LAN port by the later
/// end of a span; one that the shaper carries and that
/// nothing on the box wants is dropped there, before the bridge spends anything on it. Of the others the verdict is written beside the frame, and at
/// egress a bridged frame with the verdict "the shaper carries it" is dropped. A frame that was never judged passes.
/// </summary>
/// <remarks>
/// Dropped at ingress is unicast to an address that is not the box's; packet sockets have had it by then. Everything else, groups above all, goes up to the
/// bridge, which may have use for it. Whether the box's addresses are all known is the shaper's to say (<see cref="GateBoard.BoxIsKnown"/>).
/// The verdict is taken once, at ingress, from a number that AF_PACKET reports for the same frame, so it does not depend on when the
/// judgement is made; it travels in tc_index, which the bridge leaves alone, copies of a flooded frame inherit, and nothing else has used
/// since dsmark left the kernel. Only frames that the bridge forwards carry the other port's index at egress: the box's own traffic
/// and the shaper's injections pass unjudged. Either program ends with "next", so others on the interface still run.
/// Frames without a stamp (a virtual sender's TCP keeps its departure time in the stamp's place, and the program reads 0; AF_PACKET then
/// reads the clock itself) are judged by the clock, see docs/decisions/gate.md.
/// </remarks>
internal static class GatePrograms
{
    // struct __sk_buff
    private const short IngressInterface = 36;
    private const short TcIndex = 44;
    private const short FrameStart = 76;
    private const short FrameEnd = 80;
    private const short ReceiveStamp = 152;

    private const int EthernetHeaderBytes = 14;

    /// <summary>A destination as it is compared: the first eight bytes of the frame, loaded as they lie, without the two that belong to the source.</summary>
    private const int SourceBits = 16;

    /// <summary>The group bit is the lowest of the first byte.</summary>
    private const int GroupBit = 1 << SourceBits;

    private const int VerdictNext = -1;
    private const int VerdictDrop = 2;

    /// <summary>In tc_index: the shaper carries this frame. Any value that is not 0 serves; this one is easily recognised in a dump.</summary>
    private const int ShaperCarries = 0x5ba9;

    /// <summary>
    /// For frames judged by the clock: AF_PACKET read it a little earlier, so the end of a span is taken this much later. What falls
    /// between is lost rather than doubled.
    /// </summary>
    private const int LateJudgementNs = 100_000;

    /// <param name="board">The shared page.</param>
    /// <param name="port">The port that the program is attached to, 0 or 1.</param>
    /// <param name="keepsAcks">Whether it keeps bare acknowledgements for longer.</param>
    public static ulong[] Ingress(BpfMap board, int port, bool keepsAcks)
    {
        var program = new BpfAssembler()
            .Move(R6, R1)
            .LoadMapAddress(R9, board)
            .Load64(R7, R6, ReceiveStamp)
            .Move(R8, R7)
            .JumpIf(BpfJump.NotEqual, R7, 0, "stamped")
            .Move(R1, 1)
            .AtomicAdd64(R9, Offset(GateBoard.UnstampedFrames(port)), R1)
            .CallHelper(Bpf.HelperKtimeGetTaiNs)
            .Load64(R7, R9, Offset(GateBoard.RealtimeMinusTai))
            .AddRegister(R7, R0)
            .Move(R8, R7)
            .AddValue(R8, -LateJudgementNs)
            .Label("stamped");

        JumpIfCovered(program, GateBoard.Until, "shaper carries");
        if (keepsAcks)
        {
            // While the shaper carries nobody comes here.
            JumpIfCovered(program, GateBoard.AcksUntil, "perhaps kept");
            program
                .Jump("kernel carries")
                .Label("perhaps kept")
                .Test("kernel carries")
                .Jump("shaper carries")
                .Label("kernel carries");
        }

        program
            .Move(R3, 0)
            .Store32(R6, TcIndex, R3)
            .Return(VerdictNext)
            .Label("shaper carries")
            .Load64(R2, R9, Offset(GateBoard.BoxIsKnown))
            .JumpIf(BpfJump.Equal, R2, 0, "goes up")
            .Load32(R2, R6, FrameStart)
            .Load32(R3, R6, FrameEnd)
            .Move(R4, R2)
            .AddValue(R4, EthernetHeaderBytes)
            .JumpIf(BpfJump.Above, R4, R3, "goes up")
            .Load64(R2, R2, 0)
            .ShiftLeft(R2, SourceBits)
            .JumpIf(BpfJump.AnyBitSet, R2, GroupBit, "goes up");
        for (int place = 0; place < GateBoard.BoxAddresses; place++)
        {
            program
                .Load64(R3, R9, Offset(GateBoard.BoxAddress(place)))
                .JumpIf(BpfJump.Equal, R2, R3, "goes up");
        }

        return program
            .Move(R1, 1)
            .AtomicAdd64(R9, Offset(GateBoard.SuppressedFrames(port)), R1)
            .Return(VerdictDrop)
            .Label("goes up")
            .Move(R3, ShaperCarries)
            .Store32(R6, TcIndex, R3)
            .Return(VerdictNext)
            .Assemble();
    }

    /// <param name="board">The shared page.</param>
    /// <param name="port">The port that the program is attached to, 0 or 1.</param>
    public static ulong[] Egress(BpfMap board, int port) =>
        new BpfAssembler()
            .LoadMapAddress(R9, board)
            .Load32(R2, R1, IngressInterface)
            .Load64(R3, R9, Offset(GateBoard.InterfaceIndex(1 - port)))
            .JumpIf(BpfJump.NotEqual, R2, R3, "not bridged")
            .Move(R4, 1)
            .Load32(R2, R1, TcIndex)
            .JumpIf(BpfJump.NotEqual, R2, ShaperCarries, "kernel carries")
            .AtomicAdd64(R9, Offset(GateBoard.SuppressedFrames(port)), R4)
            .Return(VerdictDrop)
            .Label("kernel carries")
            .AtomicAdd64(R9, Offset(GateBoard.ForwardedFrames(port)), R4)
            .Label("not bridged")
            .Return(VerdictNext)
            .Assemble();

    /// <summary>An address in the form in which the program compares it.</summary>
    /// <param name="address">48 bits, first byte in the upper ones.</param>
    public static long Comparable(ulong address) => (long)(BinaryPrimitives.ReverseEndianness(address << SourceBits) << SourceBits);

    /// <param name="program">R7 is the stamp, R8 the stamp as ends are compared with it.</param>
    /// <param name="end">The word of a slot's end.</param>
    /// <param name="label">Where to go when a span covers the frame.</param>
    private static void JumpIfCovered(BpfAssembler program, Func<int, int> end, string label)
    {
        for (int slot = 0; slot < GateBoard.IntervalSlots; slot++)
        {
            // The end first, as in CarriageIntervals.Covers: a slot being reused shows at worst an empty span.
            string next = $"{label}, not by slot {slot}";
            program
                .Load64(R2, R9, Offset(end(slot)))
                .JumpIf(BpfJump.AtLeast, R8, R2, next)
                .Load64(R2, R9, Offset(GateBoard.From(slot)))
                .JumpIf(BpfJump.AtLeast, R7, R2, label)
                .Label(next);
        }
    }

    private static short Offset(int word) => (short)(word * sizeof(long));
}
