using System.Diagnostics;
using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Inline;

/// <summary>
/// How late this machine wakes a sleeper and how long it keeps a running thread from running while nothing else goes on. Printed above figures that such
/// lateness is part of: no program is more punctual than its machine.
/// </summary>
internal static class MachineLateness
{
    private const int Sleeps = 1_500;
    private const double SpinSeconds = 1.5;
    private const double GapMicroseconds = 100;

    public static void Print()
    {
        TimerSlack.Minimise();
        PollSet sleep = new(1);
        sleep.Set(0, -1);
        double[] late = new double[Sleeps];
        for (int i = 0; i < Sleeps; i++)
        {
            long start = Stopwatch.GetTimestamp();
            sleep.Wait(1_000_000);
            late[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds - 1_000;
        }

        Array.Sort(late);
        int gaps = 0;
        double longest = 0;
        long begin = Stopwatch.GetTimestamp();
        long last = begin;
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < SpinSeconds)
        {
            long now = Stopwatch.GetTimestamp();
            double gap = Stopwatch.GetElapsedTime(last, now).TotalMicroseconds;
            gaps += gap > GapMicroseconds ? 1 : 0;
            longest = Math.Max(longest, gap);
            last = now;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"this machine, idle: a sleep ends late by {late[Sleeps / 2]:0} us at the median, {late[Sleeps * 99 / 100]:0} at p99, {late[^1]:0} at most; a busy thread stood still {gaps / SpinSeconds:0.0} times a second for more than {GapMicroseconds:0} us, at most {longest:0} us"));
    }
}
