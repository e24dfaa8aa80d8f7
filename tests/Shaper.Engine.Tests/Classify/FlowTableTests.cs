using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class FlowTableTests
{
    private static readonly Duration Idle = Duration.FromSeconds(30);
    private static readonly byte[] Frame = new FrameRecipe().ToBytes();
    private static readonly FrameMeta FrameInfo = new FrameRecipe().Dissected();

    [Fact]
    public void It_does_what_a_dictionary_does() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 32], Gen.Select(Gen.Int[0, 4], Gen.UShort[0, 60]).Array[0, 300]).Sample(
            static (capacity, hashes, steps) =>
            {
                FlowTable table = new(capacity, Idle);
                Dictionary<FlowKey, int> model = [];
                long refused = 0;
                foreach ((int action, ushort port) in steps)
                {
                    FlowKey key = Key(port);

                    // Few different hashes: every probe meets others on its way.
                    uint hash = (uint)(port % hashes) * 0x4000_0001u;
                    if (action <= 2)
                    {
                        int flow = table.FindOrAdd(key, hash, Instant.Zero, out bool isNew);
                        bool known = model.TryGetValue(key, out int expected);
                        Assert.Equal(!known && model.Count < capacity, isNew);
                        if (isNew)
                        {
                            Assert.DoesNotContain(flow, model.Values);
                            model.Add(key, flow);
                        }
                        else
                        {
                            Assert.Equal(known ? expected : FlowTable.NoFlow, flow);
                            refused += known ? 0 : 1;
                        }
                    }
                    else if (model.Remove(key, out int flow))
                    {
                        Assert.Equal(key, table.Key(flow));
                        Assert.True(table.Remove(flow));
                        Assert.False(table.Remove(flow));
                    }

                    Assert.Equal(model.TryGetValue(key, out int inside) ? inside : FlowTable.NoFlow, table.Find(key, hash));
                    Assert.Equal(table.Find(key, hash), table.FindIpv4(key.FirstLow, key.SecondLow, key.Rest, hash));
                }

                Assert.Equal((model.Count, refused), (table.Count, table.Refused));
                foreach ((FlowKey key, int flow) in model)
                {
                    Assert.Equal(flow, table.Find(key, (uint)(key.FirstPort == 80 ? key.SecondPort % hashes : key.FirstPort % hashes) * 0x4000_0001u));
                    Assert.InRange(flow, 0, capacity - 1);
                }
            },
            iter: 1_000);

    [Fact]
    public void A_full_table_says_no_entry_and_counts_it()
    {
        FlowTable table = new(2, Idle);
        table.FindOrAdd(Key(1), 1, Instant.Zero, out _);
        table.FindOrAdd(Key(2), 2, Instant.Zero, out _);

        Assert.Equal(FlowTable.NoFlow, table.FindOrAdd(Key(3), 3, Instant.Zero, out bool isNew));
        Assert.False(isNew);
        Assert.Equal(1, table.Refused);
        Assert.NotEqual(FlowTable.NoFlow, table.FindOrAdd(Key(1), 1, Instant.Zero, out _));
    }

    [Fact]
    public void Idle_flows_are_named_a_few_entries_at_a_time_and_leave_only_when_the_owner_says_so()
    {
        FlowTable table = new(10, Idle);
        for (ushort port = 0; port < 10; port++)
        {
            table.FindOrAdd(Key(port), port, Instant.Zero + Duration.FromSeconds(port), out _);
        }

        Instant now = Instant.Zero + Duration.FromSeconds(34);
        List<int> named = [];
        int[] idle = new int[3];
        for (int call = 0; call < 5; call++)
        {
            named.AddRange(idle.AsSpan(0, table.CollectIdle(now, 2, idle)));
        }

        // Seen at 0..4 s, idle for 30 s or more at 34 s.
        Assert.Equal([0, 1, 2, 3, 4], named.Select(flow => (int)(table.LastSeen(flow) - Instant.Zero).TotalSeconds).Order());
        Assert.Equal(10, table.Count);
        named.ForEach(flow => Assert.True(table.Remove(flow)));
        Assert.Equal(5, table.Count);
        Assert.Equal(0, table.CollectIdle(now, 100, idle));
    }

    [Fact]
    public void A_full_hand_of_idle_flows_continues_where_it_ended()
    {
        FlowTable table = new(5, Idle);
        for (ushort port = 0; port < 5; port++)
        {
            table.FindOrAdd(Key(port), port, Instant.Zero, out _);
        }

        Instant now = Instant.Zero + Idle;
        int[] idle = new int[2];
        List<int> named = [];
        while (named.Count < 5)
        {
            int found = table.CollectIdle(now, 5, idle);
            Assert.NotEqual(0, found);
            foreach (int flow in idle.AsSpan(0, found))
            {
                named.Add(flow);
                table.Remove(flow);
            }
        }

        Assert.Equal(5, named.Distinct().Count());
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Nothing_is_allocated_by_lookups_and_changes()
    {
        FlowTable table = new(100, Idle);
        int[] idle = new int[10];
        Work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Work()
        {
            FlowKey key = default;
            for (uint hash = 0; hash < 200; hash++)
            {
                int flow = table.FindOrAdd(key, hash, Instant.Zero, out _);
                table.Find(key, hash);
                table.Remove(flow);
                table.CollectIdle(Instant.Never, 5, idle);
            }
        }
    }

    private static FlowKey Key(ushort port)
    {
        FrameMeta meta = FrameInfo;
        meta.SourcePort = port;
        return FlowKey.Of(Frame, meta, out _);
    }
}
