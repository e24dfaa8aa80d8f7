using Shaper.Host.Commands;

namespace Shaper.Host.Tests;

/// <summary>One command line run inside the test process: its exit code and what it printed.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Lines on the error stream.</summary>
    public string[] Complaints => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CommandRun> Of(params string[] arguments) => Of(new FakeRunHost(), arguments);

    public static async Task<CommandRun> Of(IRunHost host, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await ShaperCommandLine.Create(host).RunAsync(arguments, output, error);
        return new(code, output.ToString(), error.ToString());
    }
}
