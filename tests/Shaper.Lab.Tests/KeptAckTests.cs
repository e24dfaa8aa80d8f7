using System.Globalization;
using System.Text.Json;
using Shaper.Engine.Interop;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>Acknowledgements that leave the site wait for a shaper that is late, and for one that is gone not for long.</summary>
public sealed class KeptAckTests
{
    private const double AcksBackMs = 150;
    private const double RestBackMs = 30;
    private const int Attempts = 12;

    /// <summary>
    /// A stall long enough that the kernel carries for a while, and over before acknowledgements are given up. How long it was the machine decides: other
    /// lengths do not count.
    /// </summary>
    private const double ShortestStallMs = 45;
    private const double LongestStallMs = 90;

    [Theory]
    [InlineData("ring", false)]
    [InlineData("pcap", false)]
    [InlineData("ring", true)]
    public void In_a_short_stall_acknowledgements_wait_for_the_shaper_and_the_kernel_carries_the_rest_each_once(string port, bool thirdPort)
    {
        using LabLine line = new();
        if (thirdPort)
        {
            // What is not dropped as it comes in is dropped on its way out.
            line.Space.AddNamespace("c");
            line.Space.AddVeth("c", "eth0", "box", "third");
            line.Space.Run("box", "ip", "link", "set", "dev", "third", "master", "br0");
        }

        using LabShaper shaper = line.Shape("--port", port);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (AckTraffic traffic, long stoppedNs, long continuedNs, double longestMs) = Stall(line, shaper);
            using (traffic)
            {
                AssertEachOnce(traffic);
                if ((continuedNs - stoppedNs) / 1e6 < ShortestStallMs || longestMs > LongestStallMs)
                {
                    continue;
                }

                // What was on its way when the stall began has arrived by then.
                long begunNs = stoppedNs + 5_000_000;
                AckTraffic.AckSeen[] during = [.. traffic.Seen.Where(one => one.ArrivedNs[0] >= begunNs && one.ArrivedNs[0] < continuedNs)];
                Assert.DoesNotContain(during, static one => one.IsBareAck);
                Assert.True(during.Length > 10, $"the kernel carried {during.Length} other frames in {(continuedNs - stoppedNs) / 1e6:0} ms");
                JsonElement up = shaper.Status().GetProperty("up");
                Assert.True(up.GetProperty("keptAckFrames").GetInt64() > 10);
                Assert.True(up.GetProperty("carriedByKernelFrames").GetInt64() > 10);
                shaper.Stop();
                return;
            }
        }

        Assert.Skip($"of {Attempts} stalls none was between {ShortestStallMs} and {LongestStallMs} ms long: this machine is too busy");
    }

    [Fact]
    public void In_a_long_stall_acknowledgements_flow_again_within_150_ms_everything_else_within_30_each_once()
    {
        using LabLine line = new();
        using LabShaper shaper = line.Shape();
        List<double> acks = [];
        List<double> rest = [];
        while (LabMedian.WantsMore(acks, AcksBackMs) || LabMedian.WantsMore(rest, RestBackMs))
        {
            using AckTraffic traffic = new(line);
            Thread.Sleep(300);
            shaper.Process.Signal("STOP");
            Thread.Sleep(400);
            shaper.Process.Signal("CONT");
            Thread.Sleep(200);
            traffic.Finish();
            AssertEachOnce(traffic);
            acks.Add(LongestOutageMs(traffic, bareAcks: true));
            rest.Add(LongestOutageMs(traffic, bareAcks: false));
        }

        AssertOutages(acks, rest);
        Assert.True(LabMedian.Of(acks) > 50, "acknowledgements did not wait");
        Assert.True(shaper.Status().GetProperty("up").GetProperty("keptAckFrames").GetInt64() > 0);
        shaper.Stop();
    }

    [Fact]
    public void After_a_kill_acknowledgements_flow_again_within_150_ms_everything_else_within_30_and_nothing_twice()
    {
        using LabLine line = new();
        List<double> acks = [];
        List<double> rest = [];
        while (LabMedian.WantsMore(acks, AcksBackMs) || LabMedian.WantsMore(rest, RestBackMs))
        {
            using LabShaper shaper = line.Shape();
            using AckTraffic traffic = new(line);
            Thread.Sleep(500);
            shaper.Process.Signal("KILL");
            Thread.Sleep(400);
            traffic.Finish();
            Assert.DoesNotContain(traffic.Seen, static one => one.ArrivedNs.Length > 1);
            acks.Add(LongestOutageMs(traffic, bareAcks: true));
            rest.Add(LongestOutageMs(traffic, bareAcks: false));
        }

        AssertOutages(acks, rest);
    }

    [Theory]
    [InlineData("--steer", "off")]
    [InlineData("--threads", "three")]
    public void Who_does_not_edit_acknowledgements_does_not_keep_them(string option, string value)
    {
        using LabLine line = new();
        using LabShaper shaper = line.Shape(option, value);
        (AckTraffic traffic, _, _, _) = Stall(line, shaper);
        using (traffic)
        {
            AssertEachOnce(traffic);
            JsonElement up = shaper.Status().GetProperty("up");
            Assert.Equal(0, up.GetProperty("keptAckFrames").GetInt64());
            Assert.True(up.GetProperty("carriedByKernelFrames").GetInt64() > 10);
            shaper.Stop();
        }
    }

    /// <summary>Stops the shaper for a moment amid traffic.</summary>
    /// <returns>When it stood still for certain, and when not yet again; the longest that it can have stood.</returns>
    private static (AckTraffic Traffic, long StoppedNs, long ContinuedNs, double LongestMs) Stall(LabLine line, LabShaper shaper)
    {
        AckTraffic traffic = new(line);
        Thread.Sleep(300);
        long beforeNs = UnixClock.RealtimeNanoseconds;
        shaper.Process.Signal("STOP");
        long stoppedNs = UnixClock.RealtimeNanoseconds;
        Thread.Sleep(55);
        long continuedNs = UnixClock.RealtimeNanoseconds;
        shaper.Process.Signal("CONT");
        long afterNs = UnixClock.RealtimeNanoseconds;
        traffic.Finish();
        return (traffic, stoppedNs, continuedNs, (afterNs - beforeNs) / 1e6);
    }

    private static void AssertEachOnce(AckTraffic traffic)
    {
        Assert.True(traffic.Seen.Count > 500);
        int lost = traffic.Seen.Count(static one => one.ArrivedNs.Length == 0);
        int doubled = traffic.Seen.Count(static one => one.ArrivedNs.Length > 1);
        Assert.True(lost == 0 && doubled == 0, $"of {traffic.Seen.Count} segments {lost} lost, {doubled} doubled");
    }

    private static void AssertOutages(List<double> acks, List<double> rest)
    {
        string outages = string.Create(CultureInfo.InvariantCulture, $"longest outages, ms: acknowledgements {string.Join(' ', acks.Select(Text))}, others {string.Join(' ', rest.Select(Text))}");
        TestContext.Current.TestOutputHelper?.WriteLine(outages);
        Assert.True(LabMedian.Of(acks) <= AcksBackMs, outages);
        Assert.True(LabMedian.Of(rest) <= RestBackMs, outages);
    }

    /// <summary>Time between the first and the last of those sent in a row that were lost or came late: a pause of the sender's is none.</summary>
    private static double LongestOutageMs(AckTraffic traffic, bool bareAcks)
    {
        const long LateNs = 10_000_000;
        long longest = 0;
        long? began = null;
        foreach (AckTraffic.AckSeen one in traffic.Seen.Where(one => one.IsBareAck == bareAcks))
        {
            bool prompt = one.ArrivedNs.Length > 0 && one.ArrivedNs[0] - one.SentNs < LateNs;
            began = prompt ? null : began ?? one.SentNs;
            longest = Math.Max(longest, began is long first ? one.SentNs - first : 0);
        }

        return longest / 1e6;
    }

    private static string Text(double milliseconds) => milliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
