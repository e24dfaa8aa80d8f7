using System.CommandLine;
using System.Text.Json;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;

namespace Shaper.Host.Commands;

/// <summary><c>shaper policy check FILE</c>: everything that is wrong with a policy, or what it comes to. Needs no running shaper.</summary>
internal static class PolicyCheckCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file") { HelpName = "FILE", Description = "YAML file; docs/policy.md describes it." };
        FormOption<BitRate> down = Rate("--down", "The link's own rate to the site.");
        FormOption<BitRate> up = Rate("--up", "The link's own rate from the site.");
        FormOption<double> headroom = CommonOptions.Headroom();
        Option<bool> json = CommonOptions.Json();
        ExampleCommand command = new(
            "check", "Say everything that is wrong with a policy file, or what its classes come to on a link. Exit code 1 when it cannot be used.",
            "shaper policy check branch.yaml --down 10mbit --up 2mbit")
        {
            file, down, up, headroom, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(down) is null != result.GetResult(up) is null)
            {
                result.AddError("--down and --up go together: give both, or none for a policy as it is written");
            }
        });
        command.SetAction(parsed =>
        {
            bool atRates = parsed.GetResult(down) is not null;
            BitRate inbound = atRates ? parsed.GetValue(down).Scale(1 - (parsed.GetValue(headroom) / 100)) : default;
            BitRate outbound = atRates ? parsed.GetValue(up).Scale(1 - (parsed.GetValue(headroom) / 100)) : default;
            PolicyFile policy = PolicyFile.TryLoad(parsed.GetRequiredValue(file), ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults)
                ?? throw Refused(faults);
            PolicyPlans? plans = atRates ? policy.TryPlan(inbound, outbound, out faults) ?? throw Refused(faults) : null;
            PolicyReport report = PolicyReport.Of(policy, plans, inbound, outbound);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(report, PolicyJson.Default.PolicyReport));
            }
            else
            {
                Terminal.On(output).Write(PolicyView.Of(report));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static FormOption<BitRate> Rate(string name, string description) => new(name, "RATE", description, BitRate.AcceptedForm, BitRate.TryParse);

    private static CommandFailedException Refused(IReadOnlyList<PolicyFault> faults) => CommandFailedException.Of(faults.Select(static f => f.ToString()));
}
