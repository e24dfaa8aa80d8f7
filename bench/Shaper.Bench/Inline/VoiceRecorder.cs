using System.Buffers.Binary;
using System.Globalization;

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
        long[] delays = new long[LongestRun];
        int count = 0;
        SinkTap.Run(arguments[0], seconds, (frame, in meta) =>
        {
            if (frame.Length == VoiceSender.FrameBytes && BinaryPrimitives.ReadUInt16BigEndian(frame[PortOffset..]) == VoiceSender.Port)
            {
                delays[count++] = meta.CapturedUnixNs - BinaryPrimitives.ReadInt64BigEndian(frame[VoiceSender.StampOffset..]);
            }

            return count < LongestRun;
        });
        Array.Sort(delays, 0, count);
        double Milliseconds(double share) => count == 0 ? 0 : delays[(int)((count - 1) * share)] / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} {Milliseconds(0.5):0.0000} {Milliseconds(0.99):0.0000} {Milliseconds(0.999):0.0000} {Milliseconds(1):0.0000}"));
        return 0;
    }
}
