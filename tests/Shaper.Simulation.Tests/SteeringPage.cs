using System.Globalization;
using System.Text;
using Shaper.Engine.Shaping.Tree;
using static Shaper.Simulation.Tests.ScenarioTable;

namespace Shaper.Simulation.Tests;

/// <summary>What docs/scenarios.md says of steering.</summary>
internal static class SteeringPage
{
    public static void Write(StringBuilder page)
    {
        Limit(page);
        HostLimit(page);
        Sites(page);
        ShapedHub(page);
        Alone(page);
        Queue(page);
    }

    private static void Queue(StringBuilder page)
    {
        Heading(
            page, "Steering: the estimate of the provider's queue",
            "A 10/2 Mbit/s link, second by second up to 20 s: what the box says of the provider's queue beside the least that any frame waited there in that second. Downloads are four from "
            + "each of two sites; the flood is 12 Mbit/s of UDP from 10 s on, under which connections soon have nothing more to tell by.",
            "traffic", "steering", "told by, at the end", "seconds unknown", "waited ms, mean", "estimated ms, mean", "too low at most", "too high at most");
        foreach (QueueCase each in SteeringFigures.QueueCases)
        {
            QueueOutcome run = QueueOutcome.Of(each);
            Row(
                page, each.Name, each.Device == SteeredLink.Device.Steering ? "on" : "off", run.Evidence.ToString().ToLowerInvariant(), Number(run.Unknown),
                Figure(run.TrueMilliseconds), Figure(run.Estimated), Figure(run.WorstLow), Figure(run.WorstHigh));
        }
    }

    private static void Limit(StringBuilder page)
    {
        Heading(
            page, "Steering: 1 Mbit/s for each flow",
            "One download on a 10/2 Mbit/s link, from 3 s after it began on; five runs whose paths vary. The limit counts link bytes, so payload is a twentieth below it.",
            "round trip ms", "link Mbit/s", "worst second", "payload Mbit/s", "sent twice %");
        foreach (double roundTrip in SteeringFigures.RoundTrips)
        {
            LimitOutcome[] runs = [.. SteeringFigures.Seeds.Select(seed => LimitOutcome.Of(roundTrip, seed))];
            Row(
                page, Number(roundTrip), Range(runs.Select(static r => r.WireMegabits)), Figure(runs.Min(static r => r.LeastMegabits)),
                Range(runs.Select(static r => r.GoodputMegabits)), Range(runs.Select(static r => r.ResentPercent)));
        }
    }

    private static void HostLimit(StringBuilder page)
    {
        Heading(
            page, "Steering: 1 Mbit/s for each host inside",
            "The same where the policy gives so much to a host, which has one connection or several.",
            "connections", "round trip ms", "link Mbit/s", "worst second", "payload Mbit/s", "sent twice %");
        foreach (int flows in SteeringFigures.HostFlows)
        {
            foreach (double roundTrip in SteeringFigures.RoundTrips)
            {
                LimitOutcome[] runs = [.. SteeringFigures.Seeds.Select(seed => LimitOutcome.Of(roundTrip, seed, PartitionKey.InsideHost, flows))];
                Row(
                    page, Number(flows), Number(roundTrip), Range(runs.Select(static r => r.WireMegabits)), Figure(runs.Min(static r => r.LeastMegabits)),
                    Range(runs.Select(static r => r.GoodputMegabits)), Range(runs.Select(static r => r.ResentPercent)));
            }
        }
    }

    private static void Sites(StringBuilder page)
    {
        string target = Figure(SitesOutcome.TargetMegabits);
        string shaped = Figure(SitesOutcome.ShapedMegabits);
        Heading(
            page, "Steering: two sites send to one spoke",
            $"10 Mbit/s, shaped to {shaped} and steered to {target}, a call included; from one second after the second site's start on; five runs whose paths vary.",
            "one-way ms", "transfers each", "arrive Mbit/s", "fullest second", "fullest 0.1 s", "first site's share %");
        foreach (double[] sites in SteeringFigures.SitePairs)
        {
            foreach (int flows in new[] { 1, 4 })
            {
                SitesOutcome[] runs = [.. SteeringFigures.Seeds.Select(seed => SitesOutcome.Of(sites, flows, seed))];
                Row(
                    page, string.Join(" and ", sites.Select(Number)), Number(flows), Range(runs.Select(static r => r.MeanMegabits)),
                    Figure(runs.Max(static r => r.MostInSecond)), Figure(runs.Max(static r => r.MostInTenth)), Range(runs.Select(static r => r.FirstShare)));
            }
        }
    }

    private static void ShapedHub(StringBuilder page)
    {
        Heading(
            page, "Steering: a hub that shapes what it sends",
            "Only the hub sends, and shapes to so much of the 10 Mbit/s; payload without the box and with it. The box takes its headroom of 2.7 %.",
            "hub shapes to %", "transfers", "without Mbit/s", "with Mbit/s", "costs %");
        foreach (double percent in SteeringFigures.HubPercents)
        {
            foreach (int flows in new[] { 1, 4 })
            {
                ShapedHubOutcome run = ShapedHubOutcome.Of(percent, flows);
                Row(page, Number(percent), Number(flows), Figure(run.WithoutMegabits), Figure(run.WithMegabits), Figure(run.CostPercent));
            }
        }
    }

    private static void Alone(StringBuilder page)
    {
        Heading(
            page, "Steering: few transfers alone",
            "10 Mbit/s, paths without variation, from 3 s on. Of BBR its pacing and its two probes are modelled, so once in ten seconds it sends four segments a round trip for 200 ms; what it loses it repairs without selective acknowledgements, one hole a round trip.",
            "round trip ms", "transfers", "NewReno Mbit/s", "worst second", "sent twice", "BBR Mbit/s", "worst second", "sent twice");
        foreach (double roundTrip in SteeringFigures.RoundTrips)
        {
            foreach (int flows in new[] { 1, 2 })
            {
                AloneOutcome reno = AloneOutcome.Of(roundTrip, flows, paced: false);
                AloneOutcome bbr = AloneOutcome.Of(roundTrip, flows, paced: true);
                Row(
                    page, Number(roundTrip), Number(flows), Figure(reno.WireMegabits), Figure(reno.LeastMegabits), Number(reno.Resent),
                    Figure(bbr.WireMegabits), Figure(bbr.LeastMegabits), Number(bbr.Resent));
            }
        }
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
