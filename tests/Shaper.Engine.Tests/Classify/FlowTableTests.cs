using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Tests.Wire;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class FlowTableTests
{
    private static readonly byte[] Frame = new FrameRecipe().ToBytes();
    private static readonly FrameMeta FrameInfo = new FrameRecipe().Dissected();

    [Fact]
    public void It_does_what_a_dictionary_does() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 32], Gen.Select(Gen.Int[0, 4], Gen.UShort[0, 60]).Array[0, 300]).Sample(
            static (capacity, hashes, steps) =>
            {
                FlowTable table = new(capacity);
                Dictionary<FlowKey, int> model = [];
                long refused = 0;
                foreach ((int action, ushort port) in steps)
                {
                    FlowKey key = Key(port);

                    // Few different hashes: every probe meets others on its way.
                    uint hash = (uint)(port % hashes) * 0x4000_0001u;
                    if (action <= 2)
                    {
                        int flow = table.FindOrAdd(key, hash, out bool isNew);
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
        FlowTable table = new(2);
        table.FindOrAdd(Key(1), 1, out _);
        table.FindOrAdd(Key(2), 2, out _);

        Assert.Equal(FlowTable.NoFlow, table.FindOrAdd(Key(3), 3, out bool isNew));
        Assert.False(isNew);
        Assert.Equal(1, table.Refused);
        Assert.NotEqual(FlowTable.NoFlow, table.FindOrAdd(Key(1), 1, out _));
    }

    [Fact]
    public void Nothing_is_allocated_by_lookups_and_changes()
    {
        FlowTable table = new(100);
        Work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Work()
        {
            FlowKey key = default;
            for (uint hash = 0; hash < 200; hash++)
            {
                int flow = table.FindOrAdd(key, hash, out _);
                table.Find(key, hash);
                table.Remove(flow);
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
