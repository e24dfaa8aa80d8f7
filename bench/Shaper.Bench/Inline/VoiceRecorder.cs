using System.Buffers.Binary;
using System.Globalization;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Bench.Inline;

/// <summary>
/// A child process at the sink that takes the packets of <see cref="VoiceSender"/> out of everything that arrives and prints how many there were and their
/// one-way delay: from the sender's stamp to the kernel's receive stamp, both CLOCK_REALTIME of one machine.
/// </summary>
internal static class VoiceRecorder
{
    private const int PortOffset = 14 + 20 + 2;
    private const int LongestRun = 1_000_000;

    /// <param name="arguments">Interface, seconds.</param>
    public static int Run(string[] arguments)
    {
        double seconds = double.Parse(arguments[1], CultureInfo.InvariantCulture);
        using RingCapturePort port = new(arguments[0]);
        using PollWait wait = new(port);
        FramePool pool = new(slots: 256, slotBytes: 2_048);
        FrameHandle[] burst = new FrameHandle[64];
        long[] delays = new long[LongestRun];
        int count = 0;
        MonotonicClock clock = new();
        Console.WriteLine("ready");
        Instant end = clock.Now + Duration.FromSeconds(seconds);
        while (clock.Now < end && count < LongestRun - burst.Length)
        {
            pool.Reclaim();
            int received = port.Receive(pool, burst);
            for (int i = 0; i < received; i++)
            {
                ReadOnlySpan<byte> frame = pool.Frame(burst[i]);
                if (frame.Length == VoiceSender.FrameBytes && BinaryPrimitives.ReadUInt16BigEndian(frame[PortOffset..]) == VoiceSender.Port)
                {
                    delays[count++] = pool.Meta(burst[i]).CapturedUnixNs - BinaryPrimitives.ReadInt64BigEndian(frame[VoiceSender.StampOffset..]);
                }
            }

            pool.Return(burst.AsSpan(0, received));
            if (received == 0)
            {
                wait.Wait(clock.Now, end);
            }
        }

        Array.Sort(delays, 0, count);
        double Milliseconds(double share) => count == 0 ? 0 : delays[(int)((count - 1) * share)] / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} {Milliseconds(0.5):0.0000} {Milliseconds(0.99):0.0000} {Milliseconds(0.999):0.0000} {Milliseconds(1):0.0000}"));
        return 0;
    }
}
