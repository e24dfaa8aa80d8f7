using System.Runtime.ExceptionServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Ports;

/// <summary>Deadlines here are so far away that a wake-up that gets lost shows as a test that runs into its own time limit.</summary>
public sealed class PollWaitTests
{
    private const int TimeLimitMs = 20_000;

    private static readonly Duration FarAway = Duration.FromSeconds(3_600);

    private readonly MonotonicClock _clock = new();

    [Fact]
    public void A_wait_ends_by_itself_no_earlier_than_shortly_before_its_deadline() => OnThread(() =>
    {
        using PollWait wait = new();
        Instant deadline = _clock.Now + Duration.FromMilliseconds(3);
        wait.Wait(_clock.Now, deadline);
        Assert.True(_clock.Now >= deadline - PollWait.SpinWindow);
    });

    [Fact]
    public void A_wake_up_before_the_wait_is_not_lost() => OnThread(() =>
    {
        using PollWait wait = new();
        wait.Wake();
        wait.Wake();
        wait.Wait(_clock.Now, _clock.Now + FarAway);
    });

    [Fact]
    public void A_wake_up_counts_once() => OnThread(() =>
    {
        using PollWait wait = new();
        wait.Wake();
        wait.Wait(_clock.Now, _clock.Now + FarAway);
        Instant deadline = _clock.Now + Duration.FromMilliseconds(3);
        wait.Wait(_clock.Now, deadline);
        Assert.True(_clock.Now >= deadline - PollWait.SpinWindow);
    });

    [Fact]
    public void A_frame_on_a_port_ends_the_wait_also_after_the_port_got_another_descriptor() => OnThread(() =>
    {
        using EventSignal first = new();
        using EventSignal second = new();
        SignalPort port = new() { PollDescriptor = first.Descriptor };
        using PollWait wait = new(port, new SignalPort());
        first.Set();
        wait.Wait(_clock.Now, _clock.Now + FarAway);
        port.PollDescriptor = second.Descriptor;
        second.Set();
        wait.Wait(_clock.Now, _clock.Now + FarAway);
    });

    [Fact]
    public void No_wake_up_is_lost_between_two_threads() => OnThread(() =>
    {
        const int Items = 200_000;
        using PollWait consumerWaits = new();
        using PollWait producerWaits = new();
        SpscRing<int> ring = new(4);
        Thread producer = new(() =>
        {
            for (int i = 0; i < Items;)
            {
                if (ring.TryEnqueue(i))
                {
                    i++;
                    consumerWaits.Wake();
                }
                else
                {
                    producerWaits.Wait(_clock.Now, _clock.Now + FarAway);
                }
            }
        })
        { IsBackground = true };
        producer.Start();
        for (int i = 0; i < Items;)
        {
            if (ring.TryDequeue(out int item))
            {
                Assert.Equal(i, item);
                i++;
                producerWaits.Wake();
            }
            else
            {
                consumerWaits.Wait(_clock.Now, _clock.Now + FarAway);
            }
        }
    });

    [Fact]
    public void Waiting_and_waking_allocate_nothing() => OnThread(() =>
    {
        using PollWait wait = new(new SignalPort());
        Cycle(wait, 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(wait, 200);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    });

    /// <summary>A thread of its own, so that a wait that never ends fails the test and does not hold the runner.</summary>
    private static void OnThread(Action body)
    {
        ExceptionDispatchInfo? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                body();
            }
#pragma warning disable CA1031 // carried to the test's thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                fault = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeLimitMs), "a wake-up was lost");
        fault?.Throw();
    }

    private void Cycle(PollWait wait, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            wait.Wait(_clock.Now, _clock.Now + Duration.FromMicroseconds(80));
            wait.Wake();
            wait.Wait(_clock.Now, _clock.Now + FarAway);
        }
    }

    private sealed class SignalPort : ICapturePort
    {
        public string Name => "signal";

        public int PollDescriptor { get; set; } = -1;

        public PortState State => PortState.Up;

        public CaptureCounters Counters => default;

        public int Receive(FramePool pool, Span<FrameHandle> burst) => 0;

        public void Tend()
        {
        }

        public void Dispose()
        {
        }
    }
}
