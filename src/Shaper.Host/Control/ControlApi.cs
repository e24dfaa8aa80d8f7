using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Shaper.Engine.Units;

namespace Shaper.Host.Control;

/// <summary>The HTTP surface of a running shaper: routes, bodies, status codes. docs/control-api.md is its reference.</summary>
/// <param name="shaper">What the routes act on.</param>
/// <param name="requestStop">Asks the process to end; returns at once.</param>
internal sealed class ControlApi(IShaperControl shaper, Action requestStop)
{
    private const string RateForm = """{"rate":"10mbit"}""";
    private const string PolicyForm = """{"file":"branch.yaml","text":"rules: []"}""";
    private const string BypassForm = """{"on":true}""";

    /// <summary>Longest body of an order that carries a policy, bytes: the longest policy, every character escaped.</summary>
    public const int MaxPolicyBodyBytes = 8 * 1024 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/status", Status);
        routes.MapPut("/v1/rate/{direction}", SetRate);
        routes.MapPut("/v1/bypass", SetBypass);
        routes.MapGet("/v1/policy", ShowPolicy);
        routes.MapPut("/v1/policy", ApplyPolicy);
        routes.MapGet("/v1/flows", Flows);
        routes.MapGet("/v1/explain", Explain);
        routes.MapPost("/v1/stop", Stop);
        routes.MapGet("/v1/health", Health);
        routes.MapGet("/metrics", Metrics);
    }

    /// <summary>Gives every refusal, also those of routing and of the server itself, the same JSON shape.</summary>
    public static async Task RefuseInJson(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Refuse(context, bad.StatusCode, bad.Message).ConfigureAwait(false);
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null })
        {
            string what = context.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => $"there is no {context.Request.Path}; docs/control-api.md lists what there is",
                StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}",
                int other => $"refused with {other}",
            };
            await Refuse(context, context.Response.StatusCode, what).ConfigureAwait(false);
        }
    }

    private Task Status(HttpContext context) => Answer(context, StatusCodes.Status200OK, shaper.Status(), ControlJson.Default.ShaperStatus);

    private async Task SetRate(HttpContext context)
    {
        List<string> errors = [];
        string named = context.Request.RouteValues["direction"] as string ?? "";
        if (!DirectionName.TryParse(named, out Direction direction))
        {
            errors.Add($"direction '{named}': give {DirectionName.AcceptedForm}");
        }

        RateOrder? order = await Read(context, ControlJson.Default.RateOrder, RateForm, errors).ConfigureAwait(false);
        BitRate rate = default;
        if (order is not null && !BitRate.TryParse(order.Rate, out rate))
        {
            errors.Add($"rate '{order.Rate}': give {BitRate.AcceptedForm}");
        }

        if (errors.Count > 0)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, [.. errors]).ConfigureAwait(false);
            return;
        }

        if (shaper.SetRate(direction, rate, out IReadOnlyList<string> faults) is not { } answer)
        {
            await Refuse(context, StatusCodes.Status409Conflict, [.. faults]).ConfigureAwait(false);
            return;
        }

        await Answer(context, StatusCodes.Status200OK, answer, ControlJson.Default.RateAnswer).ConfigureAwait(false);
    }

    private Task ShowPolicy(HttpContext context) => Answer(context, StatusCodes.Status200OK, shaper.Policy(), ControlJson.Default.PolicyAnswer);

    private async Task ApplyPolicy(HttpContext context)
    {
        // JSON may write a character in six.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxPolicyBodyBytes;
        }

        List<string> errors = [];
        PolicyOrder? order = await Read(context, ControlJson.Default.PolicyOrder, PolicyForm, errors).ConfigureAwait(false);
        if (order is not null && order.Text is null)
        {
            errors.Add($"text: give the YAML of a policy, as in {PolicyForm}");
        }

        if (errors.Count > 0)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, [.. errors]).ConfigureAwait(false);
            return;
        }

        PolicyAnswer? answer = shaper.ApplyPolicy(order!.File is { Length: > 0 } name ? name : "policy", order.Text!, out IReadOnlyList<string> faults);
        await (answer is null
            ? Refuse(context, StatusCodes.Status422UnprocessableEntity, [.. faults])
            : Answer(context, StatusCodes.Status200OK, answer, ControlJson.Default.PolicyAnswer)).ConfigureAwait(false);
    }

    private async Task SetBypass(HttpContext context)
    {
        List<string> errors = [];
        BypassOrder? order = await Read(context, ControlJson.Default.BypassOrder, BypassForm, errors).ConfigureAwait(false);
        if (order is { On: null })
        {
            errors.Add($"on: give true or false, as in {BypassForm}");
        }

        if (errors.Count > 0)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, [.. errors]).ConfigureAwait(false);
            return;
        }

        bool on = order!.On!.Value;
        try
        {
            await shaper.SetBypassAsync(on, context.RequestAborted).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, late.Message).ConfigureAwait(false);
            return;
        }

        await Answer(context, StatusCodes.Status200OK, new BypassAnswer(on), ControlJson.Default.BypassAnswer).ConfigureAwait(false);
    }

    private Task Flows(HttpContext context)
    {
        List<string> errors = [];
        FlowsOrder order = FlowQueries.ReadFlows(context.Request.Query, shaper.InboundClasses(), errors);
        return errors.Count > 0
            ? Refuse(context, StatusCodes.Status400BadRequest, [.. errors])
            : Waiting(context, async () => await Answer(
                context, StatusCodes.Status200OK, await shaper.FlowsAsync(order, context.RequestAborted).ConfigureAwait(false), ControlJson.Default.FlowsAnswer)
                .ConfigureAwait(false));
    }

    private Task Explain(HttpContext context)
    {
        List<string> errors = [];
        string text = FlowQueries.ReadExplain(context.Request.Query, out FlowName? name, errors);
        return name is null
            ? Refuse(context, StatusCodes.Status400BadRequest, [.. errors])
            : Waiting(context, async () =>
            {
                FlowMatches found = await shaper.ExplainAsync(name, context.RequestAborted).ConfigureAwait(false);
                await (found.Only is { } only
                    ? Answer(context, StatusCodes.Status200OK, only, ControlJson.Default.ExplainAnswer)
                    : Refuse(context, found.Matched == 0 ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, FlowQueries.Instead(text, found))).ConfigureAwait(false);
            });
    }

    /// <summary>What the shaping loop itself has to answer is 503 where it does not.</summary>
    private static async Task Waiting(HttpContext context, Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            await Refuse(context, StatusCodes.Status503ServiceUnavailable, late.Message).ConfigureAwait(false);
        }
    }

    private async Task Stop(HttpContext context)
    {
        StopAnswer answer = new(true, Environment.ProcessId);
        await Answer(context, StatusCodes.Status202Accepted, answer, ControlJson.Default.StopAnswer).ConfigureAwait(false);
        await context.Response.CompleteAsync().ConfigureAwait(false);
        requestStop();
    }

    private Task Health(HttpContext context)
    {
        IReadOnlyList<string> reasons = shaper.Complaints();
        HealthAnswer answer = new(reasons.Count == 0, shaper.Status().Mode, reasons);
        int code = answer.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Answer(context, code, answer, ControlJson.Default.HealthAnswer);
    }

    private Task Metrics(HttpContext context)
    {
        context.Response.ContentType = MetricsPage.ContentType;
        return new MetricsPage(shaper.Status()).WriteAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task<T?> Read<T>(HttpContext context, JsonTypeInfo<T> type, string form, List<string> errors)
        where T : class
    {
        try
        {
            T? order = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false);
            if (order is null)
            {
                errors.Add($"the body is null: give JSON such as {form}");
            }

            return order;
        }
        catch (JsonException)
        {
            errors.Add($"the body is not what this takes: give JSON such as {form}");
            return null;
        }
    }

    private static Task Refuse(HttpContext context, int code, params string[] errors) =>
        Answer(context, code, new Refusal(errors), ControlJson.Default.Refusal);

    private static Task Answer<T>(HttpContext context, int code, T answer, JsonTypeInfo<T> type)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
