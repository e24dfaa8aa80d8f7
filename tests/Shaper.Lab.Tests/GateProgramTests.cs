using System.Runtime.InteropServices;
using Shaper.Engine.Bridge;
using Shaper.Engine.Interop;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>The kernel runs the gate's program on frames that the test makes up, and says what the shaper says.</summary>
public sealed unsafe class GateProgramTests
{
    private const int ProgramTestRun = 10;

    /// <summary>The kernel refuses to run a program on less than the IP header that the EtherType promises.</summary>
    private const int ShortestRun = 14 + 40;

    private const uint Next = uint.MaxValue;
    private const uint Drop = 2;
    private const int StampOffset = 152;

    private const long From = 1_000;
    private const long Until = 2_000;
    private const long AcksUntil = 3_000;

    [Fact]
    public void Kernel_and_shaper_agree_on_what_a_bare_acknowledgement_is()
    {
        using GateBoard board = Board();
        using FileDescriptor lan = Bpf.LoadClassifier(GatePrograms.Ingress(board.Map, (int)BridgeSide.Lan, keepsAcks: true), "test_judge");
        int kept = 0;
        for (int seed = 0; seed < 30_000; seed++)
        {
            byte[] frame = BareAckFrames.Make(seed);
            if (frame.Length < ShortestRun)
            {
                continue;
            }

            bool bare = BareAck.Is(frame);
            kept += bare ? 1 : 0;
            Assert.True((bare ? Drop : Next) == Judge(lan, frame, Until), $"seed {seed}: {Convert.ToHexString(frame)}");
        }

        Assert.InRange(kept, 5_000, 25_000);
    }

    [Fact]
    public void The_later_end_of_a_span_counts_for_acknowledgements_at_the_port_that_keeps_them_alone()
    {
        using GateBoard board = Board();
        using FileDescriptor lan = Bpf.LoadClassifier(GatePrograms.Ingress(board.Map, (int)BridgeSide.Lan, keepsAcks: true), "test_judge");
        using FileDescriptor wan = Bpf.LoadClassifier(GatePrograms.Ingress(board.Map, (int)BridgeSide.Wan, keepsAcks: false), "test_judge");
        byte[] ack = new SegmentRecipe().ToBytes();
        byte[] data = new SegmentRecipe { PayloadBytes = 9 }.ToBytes();
        Assert.Equal([Next, Drop, Drop, Drop, Drop, Next], Verdicts(lan, ack));
        Assert.Equal([Next, Drop, Drop, Next, Next, Next], Verdicts(lan, data));
        Assert.Equal([Next, Drop, Drop, Next, Next, Next], Verdicts(wan, ack));

        static uint[] Verdicts(FileDescriptor program, byte[] frame) =>
            [.. ((ReadOnlySpan<long>)[From - 1, From, Until - 1, Until, AcksUntil - 1, AcksUntil]).ToArray().Select(stamp => Judge(program, frame, stamp))];
    }

    /// <summary>With one span, in the last slot, and no station that is the box.</summary>
    private static GateBoard Board()
    {
        GateBoard board = new();
        board.PostFrom(GateBoard.IntervalSlots - 1, From);
        board.PostEnds(GateBoard.IntervalSlots - 1, Until, AcksUntil);
        board.Map.WriteAndFence(GateBoard.BoxIsKnown, 1);
        return board;
    }

    private static uint Judge(FileDescriptor program, byte[] frame, long stampNs)
    {
        byte* context = stackalloc byte[StampOffset + sizeof(long)];
        new Span<byte>(context, StampOffset + sizeof(long)).Clear();
        *(long*)(context + StampOffset) = stampNs;
        fixed (byte* data = frame)
        {
            TestAttributes attributes = new()
            {
                ProgramDescriptor = (uint)program.Number,
                DataBytesIn = (uint)frame.Length,
                DataIn = (ulong)data,
                ContextBytesIn = StampOffset + sizeof(long),
                ContextIn = (ulong)context,
            };
            return Bpf.SystemCall(Bpf.Number, ProgramTestRun, &attributes, (uint)sizeof(TestAttributes)) == 0
                ? attributes.Verdict
                : throw LinuxException.FromLastError("bpf(PROG_TEST_RUN)");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TestAttributes
    {
        public uint ProgramDescriptor;
        public uint Verdict;
        public uint DataBytesIn;
        public uint DataBytesOut;
        public ulong DataIn;
        public ulong DataOut;
        public uint Repeat;
        public uint DurationNs;
        public uint ContextBytesIn;
        public uint ContextBytesOut;
        public ulong ContextIn;
        public ulong ContextOut;
        public uint Flags;
        public uint Processor;
        public uint BatchFrames;
        public uint Reserved;
    }
}
