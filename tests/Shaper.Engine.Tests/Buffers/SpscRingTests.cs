using CsCheck;
using Shaper.Engine.Buffers;
using Xunit;

namespace Shaper.Engine.Tests.Buffers;

/// <summary>The ring on one thread, held against a plain queue.</summary>
public sealed class SpscRingTests
{
    [Fact]
    public void A_full_ring_refuses_the_next_item()
    {
        SpscRing<int> ring = new(4);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(ring.TryEnqueue(i));
        }

        Assert.False(ring.TryEnqueue(4));
        Assert.Equal(4, ring.Count);
        Assert.True(ring.TryDequeue(out int first));
        Assert.Equal(0, first);
        Assert.True(ring.TryEnqueue(5));
    }

    [Fact]
    public void An_empty_ring_gives_nothing()
    {
        SpscRing<int> ring = new(1);
        Assert.False(ring.TryDequeue(out _));
        Assert.Equal(0, ring.Dequeue(new int[3]));
        Assert.True(ring.IsEmpty);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(64, 64)]
    [InlineData(65, 128)]
    public void Capacity_is_rounded_up_to_a_power_of_two(int asked, int given) => Assert.Equal(given, new SpscRing<int>(asked).Capacity);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 28) + 1)]
    public void An_impossible_capacity_is_refused(int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpscRing<int>(capacity));

    [Fact]
    public void Any_sequence_of_calls_gives_what_a_plain_bounded_queue_gives() =>
        Gen.Select(Gen.Int[1, 9], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 12]).Array[0, 200]).Sample(
            (capacity, calls) =>
            {
                SpscRing<int> ring = new(capacity);
                Queue<int> model = new();
                int next = 0;
                int[] batch = new int[12];
                foreach ((int call, int size) in calls)
                {
                    switch (call)
                    {
                        case 0:
                            bool room = model.Count < ring.Capacity;
                            Assert.Equal(room, ring.TryEnqueue(next));
                            if (room)
                            {
                                model.Enqueue(next++);
                            }

                            break;
                        case 1:
                            int fits = Math.Min(size, ring.Capacity - model.Count);
                            for (int i = 0; i < size; i++)
                            {
                                batch[i] = next + i;
                            }

                            Assert.Equal(fits, ring.Enqueue(batch.AsSpan(0, size)));
                            for (int i = 0; i < fits; i++)
                            {
                                model.Enqueue(next++);
                            }

                            break;
                        case 2:
                            bool any = model.TryDequeue(out int expected);
                            Assert.Equal(any, ring.TryDequeue(out int actual));
                            Assert.Equal(expected, actual);
                            break;
                        default:
                            int there = Math.Min(size, model.Count);
                            Assert.Equal(there, ring.Dequeue(batch.AsSpan(0, size)));
                            for (int i = 0; i < there; i++)
                            {
                                Assert.Equal(model.Dequeue(), batch[i]);
                            }

                            break;
                    }

                    Assert.Equal(model.Count, ring.Count);
                    Assert.Equal(model.Count == 0, ring.IsEmpty);
                }
            },
            iter: 2_000);
}
