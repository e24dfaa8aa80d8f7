using CsCheck;
using Shaper.Engine.Classify;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;
using Xunit;
using static Shaper.Host.Tests.Policy.PolicyTexts;

namespace Shaper.Host.Tests.Policy;

public sealed class PolicyFileTests
{
    [Fact]
    public void The_example_in_the_documentation_loads_and_says_what_it_says()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "policy.md"));
        string yaml = page.Split("```yaml\n")[1].Split("```")[0];

        IReadOnlyList<Rule> rules = Read(yaml).Rules.Rules;

        // A fallback of its own takes the place of the last built-in rule.
        Assert.Equal(5 + RuleSet.Default.Rules.Count - 1, rules.Count);
        Assert.Equal(("conference media", BuiltInClass.Voice), (rules[0].Name, rules[0].ClassId));
        Assert.Equal([new PortRange(16_384, 32_767)], rules[0].EitherPort);
        Assert.Equal((Direction.Outbound, 2, "2001:db8:1::/48"), (rules[1].Direction, rules[1].Sources.Count, rules[1].Sources[1].ToString()));
        Assert.Equal([10, .. Enumerable.Range(20, 10)], rules[2].VlanIds.Select(static id => (int)id));
        Assert.Equal([0, 8], rules[3].IcmpTypes);
        Assert.Equal((DscpSet.Of(16, 18), false), (rules[4].Dscp, rules[4].AckOnly));
    }

    [Fact]
    public void Every_fault_of_a_file_is_told_with_line_key_and_accepted_form()
    {
        const string text = """
            rules:
              - name: a
                class: gold
                dscp: [ef1, 64]
              - class: voice
                port: 70000
                port: 5
                vlan: 4095
                colour: red
              - protocol: icmp
                port: 53
              - just text
            fallback: none
            built-in-rules: yes
            """;

        IReadOnlyList<string> faults = Faults(text);

        Assert.Equal(
        [
            "p.yaml:3: rules[0].class: 'gold' is not accepted: give one of voice, control, bulk, tunnelled, unknown",
            $"p.yaml:4: rules[0].dscp[0]: 'ef1' is not accepted: give {PolicyTerms.DscpForm}",
            $"p.yaml:4: rules[0].dscp[1]: '64' is not accepted: give {PolicyTerms.DscpForm}",
            $"p.yaml:6: rules[1].port: '70000' is not accepted: give {PolicyTerms.PortForm}",
            "p.yaml:7: rules[1].port: stands twice (first in line 6): give it once",
            $"p.yaml:8: rules[1].vlan: '4095' is not accepted: give {PolicyTerms.VlanForm}",
            "p.yaml:9: rules[1].colour: is not known: give ack-only, address, class, destination, destination-port, direction, dscp, ethertype, icmp-type, name, " +
            "port, protocol, source, source-port, vlan",
            "p.yaml:10: rules[2].class: is missing: give one of voice, control, bulk, tunnelled, unknown",
            "p.yaml:11: rules[2].port: no protocol of this rule has ports: give protocol tcp, udp, sctp, dccp or udp-lite, or none",
            "p.yaml:12: rules[3]: this is a value: give keys with values",
            "p.yaml:13: fallback: 'none' is not accepted: give one of voice, control, bulk, tunnelled, unknown",
            "p.yaml:14: built-in-rules: 'yes' is not accepted: give true or false",
        ],
        faults);
    }

    [Theory]
    [InlineData("", "p.yaml: the file is empty: give at least rules")]
    [InlineData("# nothing\n", "p.yaml: the file is empty: give at least rules")]
    [InlineData("fallback: bulk", "p.yaml:1: rules: is missing: give a list of rules, or [] for the built-in ones alone")]
    [InlineData("rules: all", "p.yaml:1: rules: is a value: give a list of rules, each beginning with a dash")]
    [InlineData("- rules", "p.yaml:1: this is a list: give keys with values")]
    [InlineData("rules: []\n---\nrules: []", "p.yaml:2: a second document begins here: a policy is one document")]
    [InlineData("rules: [{class: voice, port: []}]", "p.yaml:1: rules[0].port: is an empty list: give a port or a range, such as 443 or 16384-32767, or leave the key out")]
    [InlineData("rules: [{class: voice, port: {a: b}}]", "p.yaml:1: rules[0].port: is a group of keys: give a port or a range, such as 443 or 16384-32767")]
    [InlineData("rules: [{class: voice}, {class: bulk}]", "p.yaml:1: rules[0]: has no condition and hides every rule after it: make it the last, or use fallback")]
    [InlineData("rules: [{class: voice, icmp-type: 8}]", "p.yaml:1: rules[0].icmp-type: types of ICMP and ICMPv6 differ: give protocol icmp or icmpv6 beside it, one of them")]
    [InlineData("rules: [{class: voice, protocol: udp, ack-only: true}]", "p.yaml:1: rules[0].ack-only: only TCP has them: give protocol tcp, or none")]
    [InlineData("rules: &a []", "p.yaml:1: rules: anchors, aliases and tags are not used in a policy: write the value out")]
    [InlineData("rules: !x []", "p.yaml:1: rules: anchors, aliases and tags are not used in a policy: write the value out")]
    public void Files_that_are_no_policy_get_one_clear_line(string text, string expected) => Assert.Equal([expected], Faults(text));

    [Theory]
    [InlineData("rules: [")]
    [InlineData("rules:\n\t- class: voice")]
    [InlineData("rules: [{class: voice]")]
    [InlineData("'")]
    [InlineData("a: b: c")]
    public void Broken_yaml_is_told_with_its_line(string text)
    {
        string fault = Assert.Single(Faults(text));
        Assert.Matches(@"^p\.yaml:\d+: this is no YAML: ", fault);
    }

    [Fact]
    public void Deep_nesting_is_refused_before_it_costs_anything()
    {
        string fault = Assert.Single(Faults("rules: " + new string('[', 100_000)));
        Assert.Contains("nested deeper than 20 levels", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_than_a_hundred_faults_are_listed()
    {
        IReadOnlyList<string> faults = Faults("rules:\n" + string.Concat(Enumerable.Repeat("  - class: x\n", 500)));

        Assert.Equal(101, faults.Count);
        Assert.Contains("more than 100 faults", faults[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_built_in_rules_only_the_files_own_are_there()
    {
        RuleSet rules = Read("built-in-rules: false\nfallback: control\nrules:\n  - {class: voice, dscp: ef}").Rules;

        Assert.Single(rules.Rules);
        Assert.Equal(BuiltInClass.Control, rules.FallbackClassId);
        Assert.Equal("rule 1", rules.Rules[0].Name);
    }

    [Fact]
    public void More_rules_than_a_set_takes_are_refused()
    {
        string text = "rules:\n" + string.Concat(Enumerable.Repeat("  - {class: bulk, port: 1}\n", RuleSet.MaxRules));

        Assert.Contains("at most 4096 are taken", Assert.Single(Faults(text)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("df", 0)]
    [InlineData("LE", 1)]
    [InlineData("cs1", 8)]
    [InlineData("cs7", 56)]
    [InlineData("af11", 10)]
    [InlineData("af23", 22)]
    [InlineData("af43", 38)]
    [InlineData("va", 44)]
    [InlineData("EF", 46)]
    [InlineData("63", 63)]
    public void Code_points_have_names_and_numbers(string text, int expected)
    {
        Assert.True(PolicyTerms.TryDscp(text, out byte codePoint));
        Assert.Equal(expected, codePoint);
    }

    [Theory]
    [InlineData("af44")]
    [InlineData("af10")]
    [InlineData("cs8")]
    [InlineData("cs")]
    [InlineData("-1")]
    [InlineData("64")]
    [InlineData("")]
    public void Other_code_points_are_refused(string text) => Assert.False(PolicyTerms.TryDscp(text, out _));

    [Theory]
    [InlineData("5-4")]
    [InlineData("-")]
    [InlineData("1-")]
    [InlineData("1-2-3")]
    [InlineData("65536")]
    [InlineData("+1")]
    [InlineData("http")]
    public void Other_ports_are_refused(string text) => Assert.False(PolicyTerms.TryPorts(text, out _));

    [Fact]
    public void A_file_that_cannot_be_read_gets_one_clear_line()
    {
        Assert.Null(PolicyFile.TryLoad("/nonexistent/p.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> missing));
        Assert.Contains("there is no such file", Assert.Single(missing).ToString(), StringComparison.Ordinal);
        Assert.Null(PolicyFile.TryLoad("/", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> directory));
        Assert.Single(directory);
        Assert.Null(PolicyFile.TryLoad("", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> empty));
        Assert.Single(empty);
        Assert.Null(PolicyFile.TryLoad("/dev/zero", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> endless));
        Assert.Contains("is larger than", Assert.Single(endless).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_text_gets_one_clear_line()
    {
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "p.yaml");
        File.WriteAllBytes(path, [0xFF, 0xFE, 0x80, 0x81]);

        Assert.Null(PolicyFile.TryLoad(path, ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults));
        Assert.Contains("not UTF-8", Assert.Single(faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_it_throw_and_none_is_refused_without_a_reason() =>
        Gen.OneOf(
                "rules:", "- ", "class: ", "voice", "port: ", "[", "]", "{", "}", "\n", "  ", "\"", "&a", "*a", "#", "|", "53", ",", "?", ": ", "\t", "%")
            .Array[0, 25]
            .Sample(
                static pieces =>
                {
                    PolicyFile? policy = PolicyFile.TryRead(
                        string.Concat(pieces), "p.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults);
                    Assert.Equal(policy is null, faults.Count > 0);
                },
                iter: 5_000);
}
