using System.Globalization;
using Shaper.Engine.Interop;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>All wide-area paths of the lab in one thread: each joins two interfaces and delivers frames to the other one after a fixed delay.</summary>
/// <remarks>
/// Usage: <c>lab-role wire SPEC...</c>, each <c>IF_A,IF_B,DELAY</c> or <c>IF_A,IF_B,DELAY,RATE_AB,RATE_BA,FIFO_TIME</c>. Stands in for the
/// kernel's netem, which not every kernel has, and, with rates, for its tbf. Runs until its input closes.
/// </remarks>
internal sealed class WireRole
{
    private const int SlotBytes = 2048;

    /// <summary>More than 10 ms of small frames at 100 Mbit/s: longer than a wake-up is ever late.</summary>
    private const int RingFrames = 2048;
    private static readonly Duration LongestPause = Duration.FromMilliseconds(500);

    public static int Run(IReadOnlyList<string> arguments)
    {
        RoleConsole console = new();
        List<WireLine> lines = [];
        PollSet wait = new(2 * arguments.Count);
        foreach (string spec in arguments)
        {
            string[] part = spec.Split(',');
            bool limited = part.Length == 6;
            Duration fifo = limited ? Read<Duration>(part[5], Duration.TryParse) : Duration.Zero;
            RingCapturePort fromA = new(part[0], RingFrames);
            RingCapturePort fromB = new(part[1], RingFrames);
            wait.Set(lines.Count, fromA.PollDescriptor);
            wait.Set(lines.Count + 1, fromB.PollDescriptor);
            Duration delay = Read<Duration>(part[2], Duration.TryParse);
            lines.Add(NewLine(fromA, new RingInjectPort(part[1]), delay, limited ? Read<BitRate>(part[3], BitRate.TryParse) : null, fifo));
            lines.Add(NewLine(fromB, new RingInjectPort(part[0]), delay, limited ? Read<BitRate>(part[4], BitRate.TryParse) : null, fifo));
        }

        console.Say($"ready");
        Carry([.. lines], wait);
        return 0;
    }

    /// <summary>The ports are not tended: a lab's interfaces neither go down nor away while it stands, and tending takes its time.</summary>
    private static void Carry(WireLine[] lines, PollSet wait)
    {
        TimerSlack.Minimise();
        MonotonicClock clock = new();
        while (true)
        {
            Instant now = clock.Now;
            long realtimeToMonotonic = now.Nanoseconds - UnixClock.RealtimeNanoseconds;
            Instant next = now + LongestPause;
            foreach (WireLine line in lines)
            {
                line.Take(now, realtimeToMonotonic);
                line.Give(now);
                next = Instant.Min(next, line.NextDue);
            }

            Duration pause = next - clock.Now;
            if (pause > Duration.Zero)
            {
                wait.Wait(pause.Nanoseconds);
            }
        }
    }

    private static WireLine NewLine(ICapturePort from, IInjectPort to, Duration delay, BitRate? rate, Duration fifo) =>
        new(from, to, SlotBytes, delay, rate, rate?.BytesIn(fifo) ?? 0);

    private delegate bool TryParse<T>(string? text, out T value);

    private static T Read<T>(string text, TryParse<T> parse) =>
        parse(text, out T value) ? value : throw new LabException(string.Create(CultureInfo.InvariantCulture, $"lab-role wire: {text}"));
}
