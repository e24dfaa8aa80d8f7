using CsCheck;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;
using Xunit;
using static Shaper.Host.Tests.Policy.PolicyTexts;

namespace Shaper.Host.Tests.Policy;

/// <summary>The policies that come with the program, as they are and with random damage.</summary>
public sealed class PolicyMutationTests
{
    private static readonly Gen<string> Snippet = Gen.OneOf(
        "classes:", "parent: voice", "parent: default", "min: 200%", "min: 50%", "max: 1mbit", "strict: 50%", "partition: {by: flow}", "action: refuse",
        "both:", "inbound:", "default: x", ": ", "- ", "[", "]", "{", "}", "0", "-1", "9999999999999999999", "%", "mbit", "\n", "  ", "'", "&a", "#", "voice", "\t", "\0");

    public static TheoryData<string> Policies => [.. Directory.EnumerateFiles(Folder, "*.yaml").Select(static p => Path.GetFileName(p)!)];

    private static string Folder => Path.Combine(Root(), "packaging", "policies");

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_that_comes_with_the_program_loads_and_stands_on_links_of_1_to_100_mbit(string name)
    {
        string path = Path.Combine(Folder, name);
        PolicyFile? policy = PolicyFile.TryLoad(path, ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults);

        Assert.Empty(faults);
        Assert.NotNull(policy);
        foreach (ulong megabits in (IEnumerable<ulong>)[1, 2, 10, 100])
        {
            policy.TryPlan(BitRate.FromMegabits(megabits), BitRate.FromMegabits(megabits), out faults);
            Assert.Empty(faults);
        }
    }

    [Fact]
    public void Damaged_text_is_refused_with_reasons_or_gives_a_whole_policy()
    {
        string[] originals = [.. Directory.EnumerateFiles(Folder, "*.yaml").Select(File.ReadAllText)];
        int refused = 0;
        int taken = 0;
        Gen.Select(Gen.Int[0, originals.Length - 1], Edits(), static (which, edits) => (which, edits)).Sample(
            sample =>
            {
                string text = originals[sample.which];
                foreach ((double at, int cut, string put) in sample.edits)
                {
                    int from = (int)(at * text.Length);
                    text = text[..from] + put + text[Math.Min(text.Length, from + cut)..];
                }

                PolicyFile? policy = PolicyFile.TryRead(text, "p.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults);
                Assert.Equal(policy is null, faults.Count > 0);
                Interlocked.Increment(ref policy is null ? ref refused : ref taken);
                if (policy is null)
                {
                    Assert.All(faults, static fault => Assert.True(fault.Problem.Length > 0 && fault.Line >= 0));
                    return;
                }

                // A text that was taken can be laid out, or its rates say why not; never both, never neither.
                PolicyPlans? plans = policy.TryPlan(BitRate.FromMegabits(10), BitRate.FromMegabits(2), out faults);
                Assert.Equal(plans is null, faults.Count > 0);
            },
            iter: 2_000);
        Assert.True(refused > 100 && taken > 100, $"{refused} refused, {taken} taken: the damage is too great or too small to tell anything");
    }

    private static Gen<(double At, int Cut, string Put)[]> Edits() =>
        Gen.Select(Gen.Double[0, 1], Gen.Int[0, 12], Snippet, static (at, cut, put) => (at, cut, put)).Array[1, 3];
}
