using CsCheck;
using Shaper.Engine.Buffers;
using Xunit;

namespace Shaper.Engine.Tests.Buffers;

/// <summary>The ring between two threads. Bounded by counts, not by time.</summary>
[Trait("Category", "Concurrency")]
public sealed class SpscRingConcurrencyTests
{
    /// <summary>
    /// Small programs of single calls run on two threads; each call is stamped before and after. The history is linearizable if the calls can be put in
    /// one order that keeps each thread's order, never puts a call before one that had ended when it began, and gives on a plain queue
    /// what the ring gave. After i producer calls and j consumer calls the plain queue's content is fixed, so the search is a walk over pairs (i, j).
    /// </summary>
    [Fact]
    public void Single_calls_of_two_threads_are_linearizable() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 12], Gen.Int[1, 12]).Sample(
            (capacity, enqueues, dequeues) =>
            {
                SpscRing<int> ring = new(capacity);
                Call[] produced = new Call[enqueues];
                Call[] consumed = new Call[dequeues];
                int clock = 0;
                using Barrier start = new(2);
                Thread producer = new(() =>
                {
                    start.SignalAndWait();
                    for (int i = 0; i < enqueues; i++)
                    {
                        int began = Interlocked.Increment(ref clock);
                        bool ok = ring.TryEnqueue(i);
                        produced[i] = new(began, Interlocked.Increment(ref clock), ok, i);
                    }
                });
                producer.Start();
                start.SignalAndWait();
                for (int i = 0; i < dequeues; i++)
                {
                    int began = Interlocked.Increment(ref clock);
                    bool ok = ring.TryDequeue(out int value);
                    consumed[i] = new(began, Interlocked.Increment(ref clock), ok, value);
                }

                producer.Join();
                Assert.True(IsLinearizable(ring.Capacity, produced, consumed));
            },
            iter: 1_500,
            threads: 1);

    [Fact]
    public void The_linearizability_check_itself_refuses_impossible_histories()
    {
        Call stored = new(1, 2, true, 7);
        Assert.True(IsLinearizable(1, [stored], [new(3, 4, true, 7)]));
        Assert.False(IsLinearizable(1, [stored], [new(3, 4, true, 8)]));
        Assert.False(IsLinearizable(1, [stored], [new(3, 4, false, 0)]));
        Assert.True(IsLinearizable(1, [new(1, 4, true, 7)], [new(2, 3, false, 0)]));
        Assert.False(IsLinearizable(1, [new(1, 2, false, 7)], []));
        Assert.False(IsLinearizable(1, [new(3, 4, true, 7)], [new(1, 2, true, 7)]));
    }

    /// <summary>The smaller the ring, the more often a thread waits for the other, and on a busy machine for its turn: fewer items there.</summary>
    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(8, 50_000)]
    [InlineData(1024, 300_000)]
    public void Two_threads_hand_over_every_item_once_and_in_order(int capacity, int items)
    {
        SpscRing<int> ring = new(capacity);
        bool countsHeld = true;
        bool done = false;
        Thread producer = new(() =>
        {
            Span<int> batch = stackalloc int[7];
            int next = 0;
            while (next < items)
            {
                int before = next;
                if (next % 3 == 0)
                {
                    next += ring.TryEnqueue(next) ? 1 : 0;
                }
                else
                {
                    int size = Math.Min(batch.Length, items - next);
                    for (int i = 0; i < size; i++)
                    {
                        batch[i] = next + i;
                    }

                    next += ring.Enqueue(batch[..size]);
                }

                if (next == before)
                {
                    Thread.Yield();
                }
            }
        });
        Thread observer = new(() =>
        {
            while (!Volatile.Read(ref done))
            {
                int count = ring.Count;
                countsHeld &= count >= 0 && count <= ring.Capacity;
                Thread.Yield();
            }
        });
        producer.Start();
        observer.Start();
        int expected = 0;
        int wrong = 0;
        Span<int> taken = stackalloc int[5];
        while (expected < items)
        {
            int count = expected % 2 == 0 ? ring.Dequeue(taken) : ring.TryDequeue(out taken[0]) ? 1 : 0;
            for (int i = 0; i < count; i++)
            {
                wrong += taken[i] == expected++ ? 0 : 1;
            }

            if (count == 0)
            {
                Thread.Yield();
            }
        }

        Volatile.Write(ref done, true);
        producer.Join();
        observer.Join();
        Assert.Equal(0, wrong);
        Assert.True(ring.IsEmpty);
        Assert.True(countsHeld);
    }

    private static bool IsLinearizable(int capacity, Call[] produced, Call[] consumed)
    {
        // stored[i] = items accepted by the first i producer calls, in order.
        List<int> stored = [];
        int[] storedAfter = new int[produced.Length + 1];
        for (int i = 0; i < produced.Length; i++)
        {
            if (produced[i].Ok)
            {
                stored.Add(produced[i].Value);
            }

            storedAfter[i + 1] = stored.Count;
        }

        int[] takenAfter = new int[consumed.Length + 1];
        for (int j = 0; j < consumed.Length; j++)
        {
            takenAfter[j + 1] = takenAfter[j] + (consumed[j].Ok ? 1 : 0);
        }

        bool[,] reached = new bool[produced.Length + 1, consumed.Length + 1];
        reached[0, 0] = true;
        for (int i = 0; i <= produced.Length; i++)
        {
            for (int j = 0; j <= consumed.Length; j++)
            {
                if (!reached[i, j])
                {
                    continue;
                }

                int inside = storedAfter[i] - takenAfter[j];
                if (i < produced.Length && (j == consumed.Length || consumed[j].Ended > produced[i].Began)
                    && produced[i].Ok == (inside < capacity))
                {
                    reached[i + 1, j] = true;
                }

                if (j < consumed.Length && (i == produced.Length || produced[i].Ended > consumed[j].Began)
                    && consumed[j].Ok == (inside > 0)
                    && (!consumed[j].Ok || stored[takenAfter[j]] == consumed[j].Value))
                {
                    reached[i, j + 1] = true;
                }
            }
        }

        return reached[produced.Length, consumed.Length];
    }

    private readonly record struct Call(int Began, int Ended, bool Ok, int Value);
}
