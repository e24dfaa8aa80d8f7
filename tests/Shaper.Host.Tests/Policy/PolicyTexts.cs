using Shaper.Engine.Shaping.Tree;
using Shaper.Host.Policy;
using Xunit;

namespace Shaper.Host.Tests.Policy;

/// <summary>Reads a policy's text the way a test wants it: taken, or refused.</summary>
internal static class PolicyTexts
{
    public static PolicyFile Read(string text)
    {
        PolicyFile? policy = PolicyFile.TryRead(text, "p.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults);
        Assert.Empty(faults);
        Assert.NotNull(policy);
        return policy;
    }

    public static IReadOnlyList<string> Faults(string text)
    {
        Assert.Null(PolicyFile.TryRead(text, "p.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults));
        return [.. faults.Select(static fault => fault.ToString())];
    }

    /// <summary>The top of the working tree.</summary>
    public static string Root()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "ShaperAppliance.sln")))
        {
            at = Path.GetDirectoryName(at);
        }

        return at ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
