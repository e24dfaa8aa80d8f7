using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

/// <summary>A flow that comes back finds its host by memory: that must never be another's.</summary>
public sealed class HostMemoryTests
{
    private const int Flows = 400;

    /// <summary>Many more than the slots for hosts, so that slots change hands all the time; held at once are fewer than there are ways.</summary>
    private const int Hosts = 100;
    private const int MostAtOnce = 6;

    [Fact]
    public void As_many_hosts_are_active_as_have_frames_however_slots_change_hands_and_whatever_tells_hosts() =>
        Gen.Int[0, (8 * Flows) - 1].Array[1, 2_000].Sample(steps =>
        {
            FlowQueueFixture fixture = new(flowSlots: 2_048 / 16);
            HostKey key = HostKey.Destination;
            Dictionary<uint, int> held = [];
            int changes = 0;
            foreach (int step in steps)
            {
                int flow = step % Flows;
                if (step >= 7 * Flows && held.Count == 0)
                {
                    key = (HostKey)(((int)key + 1) % 3);
                    fixture.Queues.Settings = FlowQueueFixture.NoCodel(hosts: key);
                    changes++;
                }
                else if (held.Count < MostAtOnce && step < 4 * Flows)
                {
                    uint hash = FlowFrames.Hash(flow);
                    fixture.Put(flow, HostOf(hash), 100, Instant.Zero);
                    held[hash] = held.GetValueOrDefault(hash) + 1;
                }
                else if (fixture.Take(Instant.Zero) is { } taken && --held[taken.Flow] == 0)
                {
                    held.Remove(taken.Flow);
                }

                int expected = key switch
                {
                    HostKey.None => Math.Min(1, held.Count),
                    HostKey.Destination => held.Keys.Select(HostOf).Distinct().Count(),
                    _ => held.Count,
                };
                Assert.Equal(expected, fixture.Queues.ActiveHosts);
            }
        });

    [Fact]
    public void Flows_that_share_a_slot_are_each_of_their_own_host()
    {
        // When the ways are taken, the next two flows meet in the slot of their class, and the second is the first that does not count for itself.
        FlowQueueFixture fixture = new(flowSlots: 16);
        int flows = 0;
        for (; fixture.Queues.ActiveFlows == flows; flows++)
        {
            fixture.Put(flows, 1, 100, Instant.Zero);
        }

        while (fixture.Take(Instant.Zero) is not null)
        {
        }

        for (int flow = 0; flow < flows - 2; flow++)
        {
            fixture.Put(flow, 1, 100, Instant.Zero);
        }

        Assert.Equal((flows - 2, 1), (fixture.Queues.ActiveFlows, fixture.Queues.ActiveHosts));
        fixture.Put(flows - 1, 2, 100, Instant.Zero);
        Assert.Equal(2, fixture.Queues.ActiveHosts);
    }

    private static int HostOf(uint flow) => (int)(flow % Hosts);
}
