using System.CommandLine;
using Shaper.Engine.Units;
using Shaper.Host.Control;

namespace Shaper.Host.Commands;

/// <summary><c>shaper set down|up RATE</c>: tells a running shaper another link rate.</summary>
internal static class SetCommand
{
    public static Command Create()
    {
        FormArgument<Direction> direction = new("direction", "down|up", "Which direction.", DirectionName.AcceptedForm, DirectionName.TryParse);
        FormArgument<BitRate> rate = new("rate", "RATE", "The link's own rate; the shaper keeps its headroom below it.", BitRate.AcceptedForm, BitRate.TryParse);
        FormOption<string> socket = CommonOptions.Socket();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new("set", "Change a link rate while the shaper runs; nothing queued is lost.", "shaper set down 20mbit")
        {
            direction, rate, socket, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ControlClient client = new(parsed.GetRequiredValue(socket));
            RateAnswer answer = await client.SetRateAsync(parsed.GetRequiredValue(direction), parsed.GetRequiredValue(rate), cancellation)
                .ConfigureAwait(false);
            Answers.Print(parsed, json, answer, ControlJson.Default.RateAnswer, static a =>
                $"{a.Direction}: link {new BitRate(a.LinkBitsPerSecond)}, shaped to {new BitRate(a.ShapedBitsPerSecond)} ({a.HeadroomPercent:0.##} % headroom)");
            return ExitCode.Success;
        });
        return command;
    }
}
