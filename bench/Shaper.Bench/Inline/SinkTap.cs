using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Bench.Inline;

/// <summary>Shows every frame that arrives at the sink's interface for a while, after it has said "ready". What <see cref="Recorder"/> and <see cref="VoiceRecorder"/> have in common.</summary>
internal static class SinkTap
{
    /// <summary>One frame, with the kernel's receive stamp in its metadata.</summary>
    /// <returns>False to end early: there is room for no more.</returns>
    public delegate bool Look(ReadOnlySpan<byte> frame, in FrameMeta meta);

    /// <returns>Frames that the kernel dropped because this process did not read in time: they arrived, and are missing in what was shown.</returns>
    public static long Run(string device, double seconds, Look look)
    {
        using RingCapturePort port = new(device);
        using PollWait wait = new(port);
        FramePool pool = new(slots: 256, slotBytes: 2_048);
        FrameHandle[] burst = new FrameHandle[64];
        MonotonicClock clock = new();
        Console.WriteLine("ready");
        Instant end = clock.Now + Duration.FromSeconds(seconds);
        bool goesOn = true;
        while (goesOn && clock.Now < end)
        {
            pool.Reclaim();
            int received = port.Receive(pool, burst);
            for (int i = 0; i < received && goesOn; i++)
            {
                goesOn = look(pool.Frame(burst[i]), in pool.Meta(burst[i]));
            }

            pool.Return(burst.AsSpan(0, received));
            if (received == 0)
            {
                wait.Wait(clock.Now, end);
            }
        }

        port.Tend();
        return port.Counters.KernelDrops;
    }
}
