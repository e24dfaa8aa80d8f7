using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

public sealed class FrameQueueTests
{
    [Fact]
    public void Several_queues_over_one_pool_behave_like_plain_queues() =>
        Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 70_000]).Array[0, 200].Sample(
            calls =>
            {
                FramePool pool = new(32, 64);
                FrameQueue[] queues = new FrameQueue[3];
                Queue<FrameHandle>[] models = [new(), new(), new()];
                foreach ((int which, bool enqueue, int wireBytes) in calls)
                {
                    ref FrameQueue queue = ref queues[which];
                    Queue<FrameHandle> model = models[which];
                    if (enqueue && pool.TryRent(out FrameHandle rented))
                    {
                        pool.Meta(rented).WireBytes = wireBytes;
                        queue.Enqueue(pool, rented);
                        model.Enqueue(rented);
                    }
                    else if (!enqueue)
                    {
                        Assert.Equal(model.TryPeek(out FrameHandle head) ? head : FrameHandle.None, queue.Head);
                        FrameHandle expected = model.TryDequeue(out FrameHandle oldest) ? oldest : FrameHandle.None;
                        FrameHandle actual = queue.Dequeue(pool);
                        Assert.Equal(expected, actual);
                        if (!actual.IsNone)
                        {
                            pool.Unrent(actual);
                        }
                    }

                    Assert.Equal(model.Count, queue.Frames);
                    Assert.Equal(model.Count == 0, queue.IsEmpty);
                    long bytes = 0;
                    foreach (FrameHandle frame in model)
                    {
                        bytes += pool.Meta(frame).WireBytes;
                    }

                    Assert.Equal(bytes, queue.WireBytes);
                }
            },
            iter: 1_000);

    [Fact]
    public void A_default_queue_is_empty()
    {
        FrameQueue queue = default;
        Assert.True(queue.IsEmpty);
        Assert.True(queue.Head.IsNone);
        Assert.True(queue.Dequeue(new(1, 64)).IsNone);
    }
}
