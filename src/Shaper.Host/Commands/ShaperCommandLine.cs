using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Shaper.Host.Commands;

/// <summary>The program's whole command line: parses, reports everything that is wrong at once, runs one command, answers with an exit code.</summary>
internal sealed class ShaperCommandLine
{
    private readonly RootCommand _root;

    private ShaperCommandLine(RootCommand root) => _root = root;

    /// <summary>The words that may come first.</summary>
    public IEnumerable<string> CommandNames => _root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);

    /// <param name="daemon">What <c>run</c> starts; tests put something without a network in its place.</param>
    public static ShaperCommandLine Create(IRunHost daemon)
    {
        RootCommand root = new("Shapes the traffic of a site between its router and its LAN, and never cuts the wire.")
        {
            RunCommand.Create(daemon),
            StatusCommand.Create(),
            FlowsCommand.Create(),
            ExplainCommand.Create(),
            SetCommand.Create(),
            PolicyCommand.Create(),
            BypassCommand.Create(),
            StopCommand.Create(),
            LabCommand.Create(),
            LabRoleCommand.Create(),
            DoctorCommand.Create(),
            ReplayCommand.Create(),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return new(root);
    }

    public async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = _root.Parse(arguments);
        string command = UsageErrors.NameOf(parsed.CommandResult);
        if (parsed.Action is ParseErrorAction || (parsed.Action is null && parsed.Errors.Count > 0))
        {
            foreach (string line in UsageErrors.Of(parsed))
            {
                error.WriteLine($"{command}: {line}");
            }

            return ExitCode.Usage;
        }

        using StopSignals signals = new(hangupStops: !RunCommand.ReloadsOnHangup(parsed));
        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, signals.Token).ConfigureAwait(false);
        }
        catch (CommandFailedException failed)
        {
            foreach (string line in failed.Lines)
            {
                error.WriteLine($"{command}: {line}");
            }

            return failed.ExitCode;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            error.WriteLine($"{command}: interrupted");
            return ExitCode.Failure;
        }
#pragma warning disable CA1031 // the last stop before the operator: a line, not a stack
        catch (Exception unforeseen)
#pragma warning restore CA1031
        {
            error.WriteLine($"{command}: {unforeseen.GetType().Name}: {unforeseen.Message}");
            if (Environment.GetEnvironmentVariable("SHAPER_TRACE") is not null)
            {
                error.WriteLine(unforeseen);
            }

            return ExitCode.Failure;
        }
    }
}
