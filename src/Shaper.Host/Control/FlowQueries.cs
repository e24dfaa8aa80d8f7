namespace Shaper.Host.Control;

/// <summary>Reads the questions for flows out of the query of a request, and says what else there was where a name led to none or to several.</summary>
internal static class FlowQueries
{
    public static FlowsOrder ReadFlows(IQueryCollection query, IReadOnlyList<string> classes, List<string> errors)
    {
        RefuseOthers(query, errors, "top", "class", "state");
        int top = FlowsOrder.DefaultTop;
        if (One(query, "top", errors) is { } number && !FlowTerms.TryTop(number, out top))
        {
            errors.Add($"top '{number}': give {FlowTerms.TopForm}");
        }

        string? state = One(query, "state", errors);
        if (state is not null && !FlowTerms.TryState(state, out string _))
        {
            errors.Add($"state '{state}': give {FlowTerms.StateForm}");
        }

        string? name = One(query, "class", errors);
        if (name is not null && !classes.Contains(name))
        {
            errors.Add($"class '{name}': give one of {string.Join(", ", classes)}");
        }

        return new(top, name, state);
    }

    /// <summary>The text that was given, and what it names; null with an error.</summary>
    public static string ReadExplain(IQueryCollection query, out FlowName? name, List<string> errors)
    {
        RefuseOthers(query, errors, "flow");
        string text = One(query, "flow", errors) ?? "";
        bool read = FlowName.TryParse(text, out FlowName parsed);
        if (!read)
        {
            errors.Add(text.Length == 0 ? $"flow is missing: give {FlowName.AcceptedForm}" : $"flow '{text}': give {FlowName.AcceptedForm}");
        }

        name = errors.Count == 0 ? parsed : null;
        return text;
    }

    /// <summary>A line that says how many flows a name led to, and one for each of several.</summary>
    public static string[] Instead(string text, FlowMatches found)
    {
        if (found.Matched == 0)
        {
            return [$"no flow has the name '{text}': shaper flows lists those that there are; one that is neither a TCP connection nor among the 256 heaviest others is not remembered"];
        }

        string more = found.Matched > found.Flows.Count ? $"; the {found.Flows.Count} heaviest are" : "";
        return [$"{found.Matched} flows have the name '{text}', give both ends of one of them{more}", .. found.Flows.Select(Line)];
    }

    private static string Line(FlowStatus flow) =>
        $"{flow.Local}-{flow.Remote} ({flow.Protocol}, {new Engine.Units.BitRate(flow.BitsPerSecond)}, {flow.State})";

    private static string? One(IQueryCollection query, string key, List<string> errors)
    {
        if (query[key] is { Count: > 1 } several)
        {
            errors.Add($"{key} is given {several.Count} times: give it once");
        }

        return query[key] is [{ } first, ..] ? first : null;
    }

    private static void RefuseOthers(IQueryCollection query, List<string> errors, params string[] known) =>
        errors.AddRange(query.Keys.Where(key => !known.Contains(key)).Select(key => $"'{key}' is not known here: give {string.Join(", ", known)}"));
}
