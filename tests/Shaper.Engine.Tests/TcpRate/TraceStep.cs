using CsCheck;
using Shaper.Engine.Units;
using Shaper.NetSim.Checking;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>One step of a random trace: how long after the last, on which connection, what.</summary>
/// <param name="Kind">See <see cref="Frame"/>.</param>
internal readonly record struct TraceStep(int Kind, int Connection, long GapNanoseconds, uint A, uint B)
{
    public const int Connections = 4;

    private const int FirstWithoutSyn = 6;

    /// <summary>A frame with a byte changed, or cut short.</summary>
    public const int Broken = 30;

    /// <summary>Kinds from here on are not frames: the box is told that frames crossed unseen, steps aside, gets another rate.</summary>
    public const int Unseen = 40;
    public const int StepAside = 41;
    public const int Rate = 42;

    /// <summary>A frame again, see <see cref="InStall()"/>: the kernel forwards it, and the box gets to see that.</summary>
    public const int Carried = 43;

    /// <summary>A stall: see <see cref="Stall"/>.</summary>
    public const int KeptStall = 44;

    private static readonly Gen<long> Gaps = Gen.Frequency(
        (3, Gen.Const(0L)), (6, Gen.Long[1_000, 2_000_000]), (4, Gen.Long[2_000_000, 60_000_000]), (1, Gen.Long[60_000_000, 400_000_000]));

    private static readonly Gen<int> Kinds = Gen.Frequency(
        (6, Gen.Int[10, 10]), (8, Gen.Int[11, 11]), (1, Gen.Int[12, 30]), (1, Gen.Int[1, 9]), (1, Gen.Int[12, 30]));

    private static readonly Gen<uint> Numbers = Gen.Frequency((3, Gen.UInt), (1, Gen.UInt[0xFFFF_0000, uint.MaxValue]), (1, Gen.UInt[0, 20]));

    private static readonly Gen<int> Controls = Gen.Frequency((60, Kinds), (1, Gen.Int[Unseen, Carried]), (1, Gen.Const(0)));

    private static readonly Gen<TraceStep> Steps = Gen.Select(
        Controls, Gen.Int[0, Connections - 1], Gaps, Numbers, Numbers, static (kind, connection, gap, a, b) => new TraceStep(kind, connection, gap, a, b));

    private static readonly Gen<TraceStep> StallSteps = Gen.Frequency(
        (9, Steps), (1, Steps.Select(static step => step with { Kind = KeptStall })));

    /// <summary>Handshakes first on most connections, then anything.</summary>
    public static readonly Gen<TraceStep[]> Traces = TracesOf(Steps);

    /// <summary>The same, every tenth step a stall in which acknowledgements wait for the box and the kernel carries the rest.</summary>
    public static readonly Gen<TraceStep[]> TracesWithStalls = TracesOf(StallSteps);

    private static Gen<TraceStep[]> TracesOf(Gen<TraceStep> kinds) => Gen.Select(
        Gen.Select(Gen.Int[0, 7], Numbers, Numbers).Array[Connections], kinds.Array[20, 250], static (handshakes, steps) =>
        {
            List<TraceStep> trace = [];
            for (int i = 0; i < Connections; i++)
            {
                (int form, uint a, uint b) = handshakes[i];
                trace.Add(new(0, i, 0, a, b));

                // From inside, from outside, from both at once; one without its first SYN.
                int[] kinds = form switch { <= 2 => [1, 4], <= 5 => [3, 2, 12], 6 => [1, 3, 2, 4], _ => [4] };
                trace.AddRange(kinds.Select(kind => new TraceStep(kind, i, 10_000_000 + (a % 30_000_000), a, b)));
            }

            return trace.Concat(steps).ToArray();
        });

    /// <summary>What the kernel carries in a step of the kind <see cref="Carried"/>: half of it data and acknowledgements, else anything.</summary>
    public TraceStep InStall() => this with { Kind = (A & 0x1000) == 0 ? 1 + (int)((A >> 13) % (Broken - 1)) : 10 + (int)((A >> 13) % 2) };

    /// <summary>
    /// What comes to the ports in a stall, some two to nine frames: acknowledgements, data either way, now and then anything else but a SYN, which does not
    /// come after an acknowledgement of its connection.
    /// </summary>
    public IEnumerable<TraceStep> Stall()
    {
        uint chance = A ^ (B << 7);
        for (int i = 0; i < 2 + (A >> 29); i++)
        {
            chance = (chance * 1_664_525) + 1_013_904_223;
            int kind = ((chance >> 24) % 8) switch
            {
                0 or 1 or 2 => 11,
                3 or 4 => 10,
                5 => 21,
                6 => 15,
                _ => IsLossy ? 11 : FirstWithoutSyn + (int)((chance >> 16) % (Broken - FirstWithoutSyn)),
            };
            yield return this with { Kind = kind, A = chance, B = chance >> 5 };
        }
    }

    /// <summary>Some of what the kernel carried in the stall does not come up from the ports.</summary>
    public bool IsLossy => (B & 3) == 0;

    /// <summary>What came in from outside in the stall is drained first.</summary>
    public bool InboundFirst => (B & 4) == 0;

    public Duration Gap => new(GapNanoseconds);

    /// <summary>The frame of this step and where it comes from; null where the step has none.</summary>
    public (Direction From, byte[] Bytes)? Frame(TraceConnection c)
    {
        bool odd = (A & 64) != 0;
        switch (Kind)
        {
            case 0:
                c.Renew(A, B);
                return null;
            case 1: return (Direction.Outbound, c.InsideSyn(acknowledges: false, changed: false));
            case 2: return (Direction.Outbound, c.InsideSyn(acknowledges: true, changed: false));
            case 3: return (Direction.Inbound, c.OutsideSyn(acknowledges: false));
            case 4: return (Direction.Inbound, c.OutsideSyn(acknowledges: true));
            case 5: return (Direction.Outbound, c.InsideSyn(acknowledges: odd, changed: true));
            case 6: return (Direction.Outbound, c.InsideFlags(SeenSegment.Reset));
            case 7: return (Direction.Inbound, c.OutsideFlags(SeenSegment.Reset));
            case 8: return (Direction.Outbound, c.InsideFlags(SeenSegment.Fin | SeenSegment.Ack));
            case 9: return (Direction.Inbound, c.OutsideFlags(SeenSegment.Fin | SeenSegment.Ack));
            case 10: return (Direction.Inbound, c.OutsideData(1_448));
            case 11: return (Direction.Outbound, c.InsideAck(A, (ushort)B, takesBack: false));
            case 12: return (Direction.Inbound, c.OutsideFlags(SeenSegment.Ack));
            case 13: return (Direction.Inbound, c.OutsideData(1 + (A % 100)));
            case 14: return (Direction.Inbound, c.OutsideStray((int)(A % 20_000) - 10_000, B % 1_448));
            case 15 or 16: return (Direction.Outbound, c.InsideRepeat());
            case 17: return (Direction.Outbound, c.InsideRepeat((ushort)A));
            case 18: return (Direction.Outbound, c.InsideRepeat(0));
            case 19: return (Direction.Outbound, c.InsideSack(A % 10_000));
            case 20: return (Direction.Outbound, c.InsideStale(A % 5_000));
            case 21 or 22: return (Direction.Outbound, c.InsideAck(A, (ushort)B, takesBack: false, payload: 1 + (int)(B % 500)));
            case 23: return (Direction.Outbound, c.InsideAck(A, (ushort)B, takesBack: true));
            case 24: return (Direction.Outbound, c.InsideAck(A, (ushort)B, takesBack: false, flags: (byte)(A >> 8)));
            case 25: return (Direction.Outbound, c.InsideFlags(SeenSegment.Ack | SeenSegment.Urgent, urgent: (ushort)B));
            case 26: return (Direction.Outbound, c.InsideFlags((byte)(SeenSegment.Ack | (odd ? SeenSegment.EcnEcho : SeenSegment.WindowReduced))));
            case 27: return (Direction.Outbound, c.InsideOptions([(byte)A, (byte)B, (byte)(A >> 8), (byte)(B >> 8)]));
            case 28: return odd ? (Direction.Outbound, c.KeepAliveOfInside()) : (Direction.Inbound, c.KeepAliveOfOutside());
            case 29: return (Direction.Outbound, c.Damaged((ushort)A));
            case Broken: return (odd ? Direction.Outbound : Direction.Inbound, c.Broken((int)(A % 200), (byte)B, cut: (B & 256) != 0));
            default: return null;
        }
    }
}
