using CsCheck;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>
/// How far the service of two flows of one host comes apart while both have frames, for every interval and not only from the start; flows come and go, hosts with other
/// numbers of flows compete, frames have any size.
/// </summary>
public sealed class TurnLagTests
{
    private const int Flows = 9;
    private const int Largest = FlowQueueFixture.LargestFrameBytes;

    private static readonly Instant Now = new(1);

    /// <summary>
    /// Once both take turns, their old debt paid, it is less than a quantum and two frames, as for any deficit round robin (Shreedhar and Varghese, SIGCOMM 1995): a turn
    /// that one is ahead by, and a frame by which the turns of each may pass their quanta. Counted from full credit on, one of the two frames goes: the
    /// bound of <see cref="FlowFairnessTests"/>.
    /// </summary>
    [Fact]
    public void In_any_interval_two_flows_that_take_turns_are_less_than_a_quantum_and_two_frames_apart() =>
        Gen.Select(Gen.Int[300, 5_000], Gen.Int[1, 1_000_000]).Sample(
            (quantum, seed) => Assert.InRange(WorstLag(quantum, seed, fromFirstFrame: false), 0, quantum + (2 * Largest) - 1),
            iter: 200);

    /// <summary>
    /// One that has just come is served before all turns, once, for as long as its credit lasts; or it comes back in debt and misses a turn: a quantum more.
    /// </summary>
    [Fact]
    public void With_the_beginning_of_either_it_is_one_quantum_more() =>
        Gen.Select(Gen.Int[300, 5_000], Gen.Int[1, 1_000_000]).Sample(
            (quantum, seed) => Assert.InRange(WorstLag(quantum, seed, fromFirstFrame: true), 0, (2 * quantum) + (2 * Largest) - 1),
            iter: 200);

    private static long WorstLag(int quantum, int seed, bool fromFirstFrame)
    {
        FlowQueueFixture box = new(slots: 256, settings: FlowQueueFixture.NoCodel(quantum));
        Random random = new(seed);
        Dictionary<uint, int> numberOf = [];
        for (int flow = 0; flow < Flows; flow++)
        {
            numberOf[FlowFrames.Hash(flow)] = flow;
        }

        bool[] isFed = new bool[Flows];
        int[] queued = new int[Flows];
        bool[] hasTurns = new bool[Flows];
        long[] sent = new long[Flows];
        (long Least, long Most)?[,] lead = new (long, long)?[Flows, Flows];
        long worst = 0;
        for (int served = 0; served < 2_000; served++)
        {
            int changing = random.Next(20 * Flows);
            if (changing < Flows)
            {
                isFed[changing] = !isFed[changing];
            }

            for (int flow = 0; flow < Flows; flow++)
            {
                for (; isFed[flow] && queued[flow] < 3; queued[flow]++)
                {
                    box.Put(flow, HostOf(flow), random.Next(3) == 0 ? Largest : random.Next(64, Largest + 1), Now);
                }
            }

            Note();
            if (box.Take(Now) is { } taken)
            {
                sent[numberOf[taken.Flow]] += taken.WireBytes;
                queued[numberOf[taken.Flow]]--;
            }

            Note();
        }

        return worst;

        // Of each pair: the range of its lead since both count. Any two moments within it are an interval.
        void Note()
        {
            for (int flow = 0; flow < Flows; flow++)
            {
                hasTurns[flow] = queued[flow] > 0 && HasTurns(flow);
            }

            for (int a = 0; a < Flows; a++)
            {
                for (int b = a + 1; b < Flows; b++)
                {
                    if (HostOf(a) != HostOf(b) || !Counts(a) || !Counts(b))
                    {
                        lead[a, b] = null;
                        continue;
                    }

                    long now = sent[a] - sent[b];
                    (long least, long most) = lead[a, b] ?? (now, now);
                    (least, most) = (Math.Min(least, now), Math.Max(most, now));
                    lead[a, b] = (least, most);
                    worst = Math.Max(worst, most - least);
                }
            }
        }

        bool Counts(int flow) => queued[flow] > 0 && (fromFirstFrame || hasTurns[flow]);

        bool HasTurns(int flow)
        {
            // The only class of the table, so hashes are as they are.
            FlowState state = box.Table.Flows[box.Table.FindOwnSlot(FlowFrames.Hash(flow), 0)];
            return state.Standing == FlowStanding.InTurn && (hasTurns[flow] || state.Deficit > quantum - Largest);
        }
    }

    private static int HostOf(int flow) => flow < 4 ? 1 : flow < 7 ? 2 : 3;
}
