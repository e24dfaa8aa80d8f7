using Shaper.Engine.TcpRate;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>No entry whose time has come is passed over, however long nobody asked; and one that was put off is left alone while somebody does ask.</summary>
public sealed class SweepTimesTests
{
    private const int Entries = 200;
    private const uint TurnMilliseconds = 4_096;

    /// <summary>The circle of turns closes many times over, and that of milliseconds once.</summary>
    [Fact]
    public void What_is_due_is_told_and_what_was_put_off_is_not()
    {
        Random random = new(5);
        SweepTimes times = new(Entries);
        long now = uint.MaxValue - 8_000_000L;
        long?[] due = new long?[Entries];
        int told = 0;
        int leftAlone = 0;
        for (int step = 0; step < 40_000; step++)
        {
            // Asked often enough, but for a while now and then; where the circle of milliseconds closes it looks like that.
            bool pauses = random.Next(500) == 0;
            uint before = (uint)now;
            now += pauses ? random.Next(251_000, 1_600_000) : random.Next(8_000);
            pauses |= (uint)now < before;
            if (pauses)
            {
                for (int i = 0; i < Entries; i++)
                {
                    due[i] = due[i] is null ? null : Math.Min(due[i]!.Value, now);
                }
            }

            for (int word = 0; word < (Entries + SweepTimes.WordBits - 1) / SweepTimes.WordBits; word++)
            {
                ulong bits = times.DueIn(word, (uint)now);
                for (int place = 0; place < SweepTimes.WordBits; place++)
                {
                    int i = (word * SweepTimes.WordBits) + place;
                    bool isTold = (bits & (1UL << place)) != 0;
                    if (i >= Entries || due[i] is not { } at)
                    {
                        Assert.False(isTold, $"entry {i} is not there");
                        continue;
                    }

                    Assert.True(isTold || at > now, $"entry {i} was due {now - at} ms ago");
                    Assert.True(!isTold || at <= now + (2 * TurnMilliseconds) || pauses, $"entry {i} was put off for {at - now} ms more");
                    told += isTold ? 1 : 0;
                    leftAlone += isTold ? 0 : 1;
                }
            }

            int entry = random.Next(Entries);
            switch (random.Next(4))
            {
                case 0 when due[entry] is null:
                    times.Add(entry, (uint)now);
                    due[entry] = now;
                    break;
                case 1 when due[entry] is not null && random.Next(8) == 0:
                    times.Remove(entry);
                    due[entry] = null;
                    break;
                case 2 when due[entry] is not null:
                    times.SetDue(entry, (uint)now);
                    due[entry] = now;
                    break;
                case 3 when due[entry] is not null:
                    uint by = (uint)random.Next(1_200_000);
                    times.PutOff(entry, (uint)now, by);

                    // For as long as is asked for, rounded down to turns, or as long as there is.
                    due[entry] = now + Math.Min(by, 60 * TurnMilliseconds);
                    break;
                default:
                    break;
            }
        }

        Assert.True(told > 10_000 && leftAlone > 10_000, $"{told} told, {leftAlone} left alone");
    }
}
